"""A capture is read whatever its container, and a damaged one is refused by name."""

import contextlib

import pytest
from hypothesis import given, settings, strategies as st

from marketdata.feeds.iex.capture import read_udp
from marketdata.feeds.recording import RecordingCorrupt
from tests.marketdata.iex.captures import ethernet, pcap, pcapng, write

PAYLOADS = [b"one" * 20, b"two" * 30, b""]
FRAMES = [ethernet(payload) for payload in PAYLOADS]


@pytest.mark.parametrize("name", ["day.pcap", "day.pcap.gz"])
@pytest.mark.parametrize(
    "content",
    [
        pcap(FRAMES),
        pcap(FRAMES, order=">"),
        pcap(FRAMES, magic=0xA1B23C4D),
        pcap(FRAMES, order=">", magic=0xA1B23C4D),
        pcapng(FRAMES),
        pcapng(FRAMES, order=">"),
        pcapng(FRAMES, simple=True),
        pcapng(FRAMES) + pcapng([], order=">"),
    ],
    ids=["le", "be", "le-ns", "be-ns", "ng-le", "ng-be", "ng-simple", "ng-two-orders"],
)
def test_every_container_gives_the_same_payloads(tmp_path, name, content):
    path = write(tmp_path / name, content)
    assert list(read_udp(path)) == list(enumerate(PAYLOADS, start=1))


def test_a_second_section_has_its_own_byte_order_and_interfaces(tmp_path):
    path = write(tmp_path / "day.pcapng", pcapng(FRAMES[:1]) + pcapng(FRAMES[1:], order=">"))
    assert [payload for _, payload in read_udp(path)] == PAYLOADS


def test_what_is_not_udp_is_passed_over_and_counted(tmp_path):
    arp = b"\0" * 12 + b"\x08\x06" + b"\0" * 46
    frames = [arp, ethernet(b"tcp", proto=6), ethernet(b"tagged", vlan=True)]
    assert list(read_udp(write(tmp_path / "day.pcap", pcap(frames)))) == [(3, b"tagged")]


@pytest.mark.parametrize("make", [pcap, pcapng])
@given(data=st.data())
@settings(max_examples=40)
def test_a_file_that_is_cut_off_gives_what_is_whole_and_says_what_is_not(
    make, tmp_path_factory, data
):
    content = make(FRAMES)
    cut = data.draw(st.integers(1, len(content) - 1))
    path = write(tmp_path_factory.mktemp("cut") / "day.pcap", content[:cut])
    payloads: list[bytes] = []
    # Between two packets, or two blocks, a file may end; nobody can tell that it went on.
    whole = {len(make(FRAMES[:count])) for count in range(len(FRAMES))}
    whole |= {28, 48} if make is pcapng else set()
    count = sum(len(make(FRAMES[:number])) <= cut for number in range(1, len(FRAMES) + 1))
    told: list[str] = []
    refusal = pytest.raises(RecordingCorrupt, match=path.name)
    with contextlib.nullcontext() if count or cut in whole else refusal:
        payloads.extend(payload for _, payload in read_udp(path, cut=told.append))
    assert payloads == PAYLOADS[: len(payloads)]
    assert len(payloads) == count
    assert bool(told) == (count > 0 and cut not in whole)


def test_a_gzip_file_that_is_cut_off_gives_what_is_whole(tmp_path):
    path = write(tmp_path / "day.pcap.gz", pcap(FRAMES))
    path.write_bytes(path.read_bytes()[:-9])
    told: list[str] = []
    payloads = [payload for _, payload in read_udp(path, cut=told.append)]
    assert payloads == PAYLOADS[: len(payloads)]
    assert len(payloads) > 0
    assert "day.pcap.gz ends inside packet" in told[0]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"PK\x03\x04 something else", "neither a pcap nor a pcapng"),
        (b"", "neither a pcap nor a pcapng"),
        (pcap(FRAMES, link=113), "link type 113 is not Ethernet"),
        (pcap(FRAMES)[:24] + b"\xff" * 16, "a length of 4294967295 bytes"),
        (pcap(FRAMES)[:36] + b"\xff\xff\0\0" + pcap(FRAMES)[40:], "were captured"),
        (pcapng(FRAMES)[:-4] + b"\0\0\0\0", "two lengths differ"),
    ],
)
def test_damage_is_named(tmp_path, content, named):
    with pytest.raises(RecordingCorrupt, match=named):
        list(read_udp(write(tmp_path / "day.pcap", content)))


@given(content=st.binary(max_size=200), head=st.sampled_from([pcap([]), pcapng([]), b""]))
@settings(max_examples=150)
def test_nothing_but_a_named_error_comes_of_garbage(tmp_path_factory, content, head):
    path = write(tmp_path_factory.mktemp("garbage") / "day.pcap", head + content)
    with contextlib.suppress(RecordingCorrupt):
        list(read_udp(path))
