"""The reader agrees with recorded captures, byte by byte and in total."""

import json
from collections import Counter
from struct import pack

import pytest

from marketdata.feeds.iex import messages
from marketdata.feeds.iex.messages import LAYOUTS, ProtocolUnknown, decode
from marketdata.feeds.iex.transport import SequenceCounter, parse_segment, read_segments
from marketdata.feeds.recording import RecordingCorrupt
from tests.marketdata.iex.captures import DEEP, TOPS, capture, segment, trade

LETTERS = {
    layout.message: chr(kind) for layouts in LAYOUTS.values() for kind, layout in layouts.items()
}
# Our words for the expectations' words.
NAMES = {
    "adj_poc": "adjusted_poc_price", "luld": "luld_tier", "paired": "paired",
    "ref": "reference_price", "indicative": "indicative_price", "side": "imbalance_side",
    "ext": "extensions", "sched": "scheduled_at", "book_clear": "book_clearing_price",
    "collar_ref": "collar_reference_price", "lo": "lower_collar", "hi": "upper_collar",
    "auction": "kind",
}  # fmt: skip


def plain(value):
    return value.decode().rstrip() if isinstance(value, bytes) else value


@pytest.mark.parametrize("name", ["TOPS16_part1.pcapng.gz", "DEEP10_part1.pcap.gz"])
def test_a_recorded_capture_is_read_as_another_reader_read_it(iex_fixtures, name):
    expected = json.loads((iex_fixtures / f"{name.partition('.')[0]}.expected.json").read_text())
    kinds: Counter[str] = Counter()
    firsts: dict[str, messages.Message] = {}
    volumes: Counter[str] = Counter()
    counter = SequenceCounter()
    segments = breaks = heartbeats = 0
    for each in read_segments(iex_fixtures / name):
        segments += 1
        heartbeats += each.message_count == 0
        breaks += counter.is_broken_by(each)
        last = each
        for message in decode(each):
            letter = LETTERS[type(message)]
            kinds[letter] += 1
            firsts.setdefault(letter, message)
            if isinstance(message, messages.TradeReport):
                volumes[plain(message.symbol)] += message.size
    assert (segments, heartbeats) == (expected["segments"], expected["heartbeats"])
    assert kinds == expected["by_type"]
    assert kinds.total() == expected["messages"]
    assert (breaks, counter.gaps) == (expected["seq_gaps"], 0)  # its gaps all go back: restarts
    assert (last.first_sequence, last.send_ns, last.stream_offset) == (
        expected["last_segment"]["first_seq"],
        expected["last_segment"]["send_ns"],
        expected["last_segment"]["stream_offset"],
    )
    assert volumes.total() == expected["total_volume"]
    assert all(volumes[each] == shares for each, (shares, _) in expected["top_volume"].items())
    for letter, fields in expected["first_of_each_type"].items():
        found = {key: plain(value) for key, value in firsts[letter]._asdict().items()}
        wanted = {
            NAMES.get(key, key): plain(value.encode()) if isinstance(value, str) else value
            for key, value in fields.items()
            if key != "type"
        }
        assert found == wanted, letter


def test_the_whole_tops_sample_has_as_many_messages_as_its_recorder_counted(market_data_pack):
    path = market_data_pack / "wire" / "iex" / "TOPS16.pcapng.gz"
    assert sum(1 for each in read_segments(path) for _ in decode(each)) == 57_674


@pytest.mark.parametrize(
    ("name", "protocol", "expected"),
    [
        (
            "IEXQuoteUpdateMessage",
            TOPS,
            messages.QuoteUpdate(0x40, 1509795046090464200, b"A       ", 0, 0, 0, 0),
        ),
        (
            "IEXOperationalHaltStatusMessage",
            TOPS,
            messages.OperationalHalt(b"N", 1509795046090469409, b"AA      "),
        ),
        (
            "IEXSecurityEventMessage",
            DEEP,
            messages.SecurityEvent(b"O", 1509802200097465391, b"ACRX    "),
        ),
        ("IEXSystemEventMessage", TOPS, messages.SystemEvent(b"S", 1509796828204000000)),
        (
            "IEXTradingStatusMessage",
            TOPS,
            messages.TradingStatusMessage(b"H", 1509797871706475386, b"ZWZZT   ", b"NA  "),
        ),
    ],
)
def test_a_single_recorded_message_is_read(iex_fixtures, name, protocol, expected):
    raw = (iex_fixtures / f"{name}.dump").read_bytes()
    (message,) = decode(parse_segment(segment(raw, protocol=protocol)))
    assert message._replace(ts=0) == expected._replace(ts=0)
    assert message.ts == int.from_bytes(raw[2:10], "little")


@pytest.mark.parametrize(("name", "protocol"), [("DEEPSegment", DEEP), ("TOPS16Segment", TOPS)])
def test_a_single_recorded_segment_is_read(iex_fixtures, name, protocol):
    found = parse_segment((iex_fixtures / f"{name}.dump").read_bytes())
    assert (found.protocol, found.channel, found.message_count) == (protocol, 1, 1)
    (message,) = decode(found)
    assert isinstance(message, messages.TradeReport)
    assert (plain(message.symbol), message.size, message.price) == ("ZXIET", 471, 999_500)


def test_a_message_that_has_grown_is_read_and_an_unknown_one_is_passed_over():
    found = parse_segment(segment(trade() + b"news", b"?new", trade(trade_id=2)))
    trade_ids = []
    for message in decode(found):
        assert isinstance(message, messages.TradeReport)
        trade_ids.append(message.trade_id)
    assert trade_ids == [1, 2]


def test_what_is_not_asked_for_is_not_decoded():
    found = parse_segment(segment(trade(), b"S" + pack("<cq", b"O", 1)))
    assert [type(each).__name__ for each in decode(found, kinds=b"S")] == ["SystemEvent"]


def test_an_unknown_protocol_is_refused_by_its_number():
    with pytest.raises(ProtocolUnknown, match="0x8005"):
        list(decode(parse_segment(segment(trade(), protocol=0x8005))))


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (b"short", "5 bytes are no IEX-TP segment"),
        (segment(trade(), version=2), "version 2"),
        (segment(trade())[:-1], "arrived as"),
    ],
)
def test_a_damaged_segment_is_named_with_its_packet(tmp_path, payload, named):
    with pytest.raises(RecordingCorrupt, match=f"packet 1: .*{named}"):
        list(read_segments(capture(tmp_path / "day.pcap", payload)))


@pytest.mark.parametrize(
    "messages_",
    [
        (trade()[:-1],),  # too short for its type
        (b"",),
    ],
)
def test_a_message_that_does_not_hold_together_is_an_error(messages_):
    with pytest.raises(ValueError, match="message"):
        list(decode(parse_segment(segment(*messages_))))


def test_what_is_missing_is_counted_and_a_restart_is_not_a_gap():
    counter = SequenceCounter()
    follows = [
        counter.is_broken_by(parse_segment(each))
        for each in (
            segment(trade(), trade(), first=1),
            segment(first=3),  # a heartbeat
            segment(trade(), first=3),
            segment(trade(), first=9),
            segment(trade(), first=10, session=8),
            segment(trade(), first=1, session=8),
        )
    ]
    assert follows == [False, False, False, True, True, True]
    assert (counter.gaps, counter.missing, counter.restarts) == (1, 5, 2)
