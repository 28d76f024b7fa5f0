"""Nasdaq Data Link's exports are waited for, streamed and read by row."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, strategies as st

from marketdata.feeds.nasdaq_data_link.config import read_config
from marketdata.feeds.nasdaq_data_link.export import _read
from marketdata.feeds.nasdaq_data_link.history import Exported, NasdaqDataLinkHistory
from marketdata.feeds.providers import BadPayload, NotEntitled, ProviderUnreachable
from tests.marketdata.providers.loopback import RestReply
from tests.marketdata.providers.nasdaq_server import NasdaqServer, zipped

AAPL_ROW = ["AAPL", "2014-06-09", 92.7, 93.88, 91.75, 93.7, 75415000.0, 0.47, 7.0]
FILE = zipped([AAPL_ROW])


@pytest.fixture
async def server():
    running = NasdaqServer()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def make(server):
    made = []

    def make_history(**settings):
        config = read_config(
            {"key": "right-key", "url": server.rest_url, "poll_s": "0.01"} | settings
        )
        made.append(NasdaqDataLinkHistory(config=config))
        return made[-1]

    yield make_history
    for history in made:
        await history.close()


async def export_of(history: NasdaqDataLinkHistory, symbols: Sequence[str] = ()) -> list[Exported]:
    return [
        part
        async for part in history.export(
            symbols=symbols, start_date=date(2014, 1, 1), end_date=date(2014, 12, 31)
        )
    ]


async def test_an_export_is_waited_for_and_read(server, make, market_data_pack):
    path = market_data_pack / "eod_wiki" / "QUANDL_ARCHIVE.zip"
    server.export = path.read_bytes()
    parts = await export_of(make(), ["AAPL", "BRK.A"])
    looks = [each for each in server.asked if "qopts.export" in each.query]
    assert len(looks) == 3
    assert looks[0].query["ticker"] == "AAPL,BRK_A"
    bars = [each for part in parts for each in part.bars]
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as member:
        rows = list(csv.DictReader(io.TextIOWrapper(member)))
    assert len(bars) == len(rows)
    assert [each.close for each in bars] == [float(row["close"]) for row in rows]
    assert {each.symbol for each in bars} == {"AAPL", "MSFT", "BRK.A", "ZEN"}
    apple = [each for part in parts for each in part.actions if each.symbol == "AAPL"]
    assert [(each.ex_date, each.rate or each.new_rate) for each in apple] == [
        (date(2014, 2, 6), 3.05),
        (date(2014, 5, 8), 3.29),
        (date(2014, 6, 9), 7.0),
        (date(2014, 8, 7), 0.47),
        (date(2014, 11, 6), 0.47),
    ]


async def test_a_large_export_comes_in_parts(server, make):
    day = ["2014-06-09", 1.0, 2.0, 0.5, 1.5, 100.0, 0.0, 1.0]
    server.export = zipped([[f"S{n}", *day] for n in range(25_000)])
    parts = await export_of(make())
    assert [len(part.bars) for part in parts] == [9_999, 10_000, 5_001]
    assert parts[-1].bars[-1].symbol == "S24999"


@pytest.mark.parametrize(
    "file",
    [
        b"no zip",
        zipped([AAPL_ROW])[:-40],
        zipped([["AAPL"]]),
        zipped([[*AAPL_ROW[:2], "dear", *AAPL_ROW[3:]]]),
        zipped([], names=["who", "cares"]),
    ],
)
async def test_a_damaged_export_is_a_bad_payload(server, make, file):
    server.export = file
    with pytest.raises(BadPayload):
        await export_of(make())


@pytest.mark.parametrize(
    "file",
    [{"status": "failed"}, {"status": "fresh"}, {"status": "fresh", "link": "file:///etc/passwd"}],
)
async def test_an_export_without_a_file_is_a_bad_payload(server, make, file):
    server.replies.append(RestReply.of({"datatable_bulk_download": {"file": file}}))
    with pytest.raises(BadPayload):
        await export_of(make())


async def test_a_link_that_has_expired_may_be_asked_for_again(server, make):
    link = f"{server.rest_url}/bulk/WIKI_PRICES.zip"
    body = {"datatable_bulk_download": {"file": {"status": "fresh", "link": link}}}
    server.replies.extend([RestReply.of(body), RestReply(status=403, body=b"<Error/>")])
    with pytest.raises(ProviderUnreachable):
        await export_of(make())


async def test_series_cannot_be_exported(make):
    with pytest.raises(NotEntitled):
        await export_of(make(dataset="WIKI"))


async def test_an_export_may_be_left_before_its_end(server, make):
    day = ["2014-06-09", 1.0, 2.0, 0.5, 1.5, 100.0, 0.0, 1.0]
    server.export = zipped([[f"S{n}", *day] for n in range(25_000)])
    parts = make().export(start_date=date(2014, 1, 1), end_date=date(2015, 1, 1))
    async for part in parts:
        assert part.bars[0].symbol == "S0"
        break
    await parts.aclose()


@given(st.integers(min_value=0, max_value=len(FILE) - 1), st.integers(min_value=0, max_value=255))
def test_a_file_with_a_damaged_byte_is_read_or_a_bad_payload(place, byte):
    damaged = io.BytesIO(FILE[:place] + bytes([byte]) + FILE[place + 1 :])
    try:
        rows = list(_read(damaged))
    except BadPayload:
        return
    assert rows
