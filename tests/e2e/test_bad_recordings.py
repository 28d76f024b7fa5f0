"""A recording that is cut off or corrupt is refused at the start, or named when it shows later."""

import os

import pytest

from tests.e2e import orders
from tests.e2e.platform import Platform, until
from tests.e2e.recordings import NINE_THIRTY_MS, copy_minute, spoil_row, ticks_folder

pytestmark = pytest.mark.e2e


def test_a_recording_that_is_cut_off_refuses_to_start(market_data_pack, tmp_path):
    ticks = copy_minute(market_data_pack, tmp_path, symbol="ibm")
    cut_off = ticks / "ibm" / "20131007_quote.zip"
    whole = (ticks_folder(market_data_pack) / "ibm" / "20131007_quote.zip").read_bytes()
    cut_off.write_bytes(whole[: len(whole) // 2])
    with Platform(FEED=f"replay:{ticks}") as platform:
        refusal = platform.manage("run")
        assert refusal.returncode == 1
        assert str(cut_off) in refusal.stderr
        assert "Traceback" not in refusal.stderr
        assert platform.database_pids() == []


def test_a_recording_with_one_wrong_byte_refuses_to_start(market_data_pack, tmp_path):
    ticks = copy_minute(market_data_pack, tmp_path, symbol="ibm")
    path = ticks / "ibm" / "20131007_trade.zip"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with Platform(FEED=f"replay:{ticks}") as platform:
        refusal = platform.manage("run")
        assert refusal.returncode == 1
        assert str(path) in refusal.stderr
        assert "Traceback" not in refusal.stderr


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        ("replay:/no/such/folder", "/no/such/folder"),
        (f"replay:{os.devnull}", os.devnull),
        ("tomorrow", "FEED must be"),
    ],
)
def test_a_feed_that_is_not_there_refuses_to_start(feed, words):
    with Platform(FEED=feed) as platform:
        refusal = platform.manage("run")
        assert refusal.returncode == 1
        assert words in refusal.stderr
        assert "Traceback" not in refusal.stderr


def test_a_recording_that_turns_bad_stops_market_orders_and_nothing_else(
    market_data_pack, tmp_path
):
    ticks = copy_minute(market_data_pack, tmp_path, symbol="ibm")
    path = ticks / "ibm" / "20131007_quote.zip"
    row = spoil_row(path, after_ms=NINE_THIRTY_MS + 2_000)
    with Platform(FEED=f"replay:{ticks}") as platform:
        platform.launch()
        platform.await_answer("/healthz", status=200)

        def trouble() -> str:
            """Return what is wrong with market data, once all else has started."""
            troubles = platform.await_answer("/readyz", status=503)["troubles"]
            told = troubles["market data"] if set(troubles) == {"market data"} else ""
            return "" if told == "the feed has not started" else told

        told = until(trouble, what="the feed's trouble")
        assert str(path) in told
        assert f"row {row}" in told

        alice = platform.client("alice")
        market = orders.body()
        until(
            lambda: not alice.post("/v2/orders:preview", json=market).json()["accepted"],
            what="the last quote to be stale",
        )
        answer = alice.post("/v2/orders", json=market)
        assert answer.status_code == 403
        content = answer.json()
        assert content["code"] == 40310000
        (stale,) = content["violations"]
        assert stale["code"] == "STALE_QUOTE"
        assert stale["message"] in content["message"]
        assert int(stale["measured"].removesuffix(" ms")) > int(stale["limit"].removesuffix(" ms"))
        assert orders.list_all(alice) == []

        # What needs no fresh quote still works.
        waiting = orders.place(alice, orders.resting(limit_price="150.00"))
        assert orders.get(alice, waiting["id"])["status"] in {"pending_new", "new"}
        assert alice.delete(f"/v2/orders/{waiting['id']}").status_code == 204
        assert orders.cash(alice) == 100_000
        assert alice.get("/healthz").status_code == 200
        platform.require_true_books()
        platform.stop()
