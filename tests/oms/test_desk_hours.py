"""The desk through a close, a halt, a night and a crash: what may trade, and what is told."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from marketdata import interface as marketdata
from marketdata.contracts import FeedKind, TradingStatus
from oms.market import quote_age_ms
from oms.models import Execution, Order
from oms.operations.check_books import check_books
from oms.operations.place import OrderDenied, place_orders
from oms.operations.preview import preview_order
from risk import interface as risk
from risk.contracts import SwitchScope
from tests.oms.conftest import order
from tests.oms.desks import place, settle, started
from trading.kernel.clock import to_ns, utc_now
from trading.kernel.fix import OrdStatus

pytestmark = pytest.mark.django_db(transaction=True)

CLOSE = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)  # 13:00 New York, the day after Thanksgiving
MONDAY_OPEN = datetime(2026, 11, 30, 14, 30, tzinfo=UTC)
MONDAY_CLOSE = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)


@pytest.fixture
def live(market, go_to, monkeypatch):
    """A live market that goes on quoting whatever the hour; IBM at 182.44 and 182.50."""
    go_to(CLOSE - timedelta(hours=4))  # before an account is opened, whatever day it is here
    monkeypatch.setattr(
        marketdata,
        "get_session",
        lambda *, now: marketdata.get_exchange_session(now=now, kind=FeedKind.LIVE),
    )
    return market


def quote(desk, live, bid, ask):
    desk.on_tick(live.quote("IBM", bid, ask))
    settle(desk)


def found(placed) -> tuple[str, str]:
    row = Order.objects.get(id=placed.id)
    return row.status, row.text


def status_of(placed) -> str:
    return found(placed)[0]


def status(code: str) -> TradingStatus:
    ts = to_ns(utc_now())
    return TradingStatus(
        symbol="IBM", status_code=code, status_message="Trading Halt", reason_code="T1",
        reason_message="News pending", ts_event=ts, ts_init=ts, source="test",
    )  # fmt: skip


def test_after_the_close_nothing_fills_until_the_next_open(live, go_to, alice, bob):
    go_to(CLOSE - timedelta(seconds=8))
    live.quote("IBM", 182.44, 182.50)
    desk = started()
    day = place(desk, order(alice, limit="182.00"))
    good_till = place(desk, order(alice, limit="182.00", tif="GTC"))
    extended = place(desk, order(alice, limit="182.00", tif="GTC", extended_hours=True))
    assert day.expires_at == CLOSE
    settle(desk)
    go_to(CLOSE + timedelta(milliseconds=150))  # and the task that expires orders comes later
    quote(desk, live, 181.80, 181.90)
    assert status_of(day) == OrdStatus.EXPIRED
    assert status_of(good_till) == OrdStatus.NEW
    assert status_of(extended) == OrdStatus.FILLED
    go_to(CLOSE + timedelta(seconds=8))
    quote(desk, live, 181.80, 181.90)
    late = [
        place(desk, order(bob)),
        place(desk, order(bob, tif="GTC")),
        place(desk, order(bob, limit="182.00")),
    ]
    at_once = place(desk, order(bob, limit="182.00", tif="IOC"))
    quote(desk, live, 181.00, 181.10)
    assert {status_of(each) for each in late} == {OrdStatus.NEW}
    assert {each.expires_at for each in (late[0], late[2])} == {MONDAY_CLOSE}
    assert found(at_once) == (OrdStatus.CANCELED, "the market is closed")
    assert Execution.objects.count() == 1
    go_to(MONDAY_OPEN + timedelta(seconds=1))
    quote(desk, live, 181.50, 181.60)
    assert {status_of(each) for each in (*late, good_till)} == {OrdStatus.FILLED}
    fills = Execution.objects.exclude(order_id=extended.id)
    assert {fill.last_px for fill in fills} == {Decimal("181.60")}
    desk.stop()
    assert check_books().breaks == ()


def test_at_night_a_market_order_waits_though_the_last_quote_is_old(live, go_to, alice):
    go_to(CLOSE - timedelta(seconds=1))
    live.quote("IBM", 182.44, 182.50)
    go_to(CLOSE + timedelta(hours=9))
    desk = started()
    placed = place(desk, order(alice))
    settle(desk)
    assert status_of(placed) == OrdStatus.NEW
    go_to(MONDAY_OPEN + timedelta(seconds=1))
    quote(desk, live, 182.90, 183.00)
    desk.stop()
    assert Execution.objects.get().last_px == Decimal("183.00")


def test_a_day_order_is_over_when_the_next_session_finds_it_after_a_restart(live, go_to, alice):
    go_to(CLOSE - timedelta(minutes=1))
    live.quote("IBM", 182.44, 182.50)
    desk = started()
    placed = place(desk, order(alice, limit="182.00"))
    settle(desk)
    desk.stop()
    go_to(MONDAY_OPEN + timedelta(minutes=1))
    live.quote("IBM", 180.00, 180.10)
    desk = started()
    quote(desk, live, 180.00, 180.10)
    desk.stop()
    assert status_of(placed) == OrdStatus.EXPIRED
    assert not Execution.objects.exists()
    assert check_books().breaks == ()


# --- Orders that a crash kept from being sent -----------------------------------------------------


def never_sent(command):
    (placed,) = place_orders(commands=[command], now=utc_now()).outcomes
    return placed


def after_a_crash(live, go_to, *, at, ask=182.50):
    go_to(at)
    live.quote("IBM", ask - 0.06, ask)
    started().stop()


MORNING = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)


@pytest.fixture
def morning(live, go_to):
    go_to(MORNING)
    live.quote("IBM", 182.44, 182.50)


def test_a_market_order_that_a_crash_kept_back_is_not_sent_blind(live, go_to, morning, alice):
    placed = never_sent(order(alice))
    after_a_crash(live, go_to, at=MORNING + timedelta(seconds=10), ask=190.00)
    ended, text = found(placed)
    assert ended == OrdStatus.CANCELED
    assert text.startswith("not sent: the market order was ")
    assert not Execution.objects.exists()
    assert check_books().breaks == ()


def test_one_that_is_a_moment_old_is_sent(live, go_to, morning, alice):
    placed = never_sent(order(alice))
    after_a_crash(live, go_to, at=MORNING + timedelta(seconds=1))
    assert status_of(placed) == OrdStatus.FILLED


def test_a_limit_order_is_sent_late_if_its_price_is_still_allowed(live, go_to, morning, alice, bob):
    near = never_sent(order(alice, limit="183.00"))
    far = never_sent(order(bob, limit="183.00"))
    after_a_crash(live, go_to, at=MORNING + timedelta(minutes=9), ask=182.70)
    assert status_of(near) == OrdStatus.FILLED
    assert status_of(far) == OrdStatus.FILLED
    assert {fill.last_px for fill in Execution.objects.all()} == {Decimal("182.70")}


def test_one_whose_price_is_far_through_the_market_by_then_is_not(live, go_to, morning, alice):
    placed = never_sent(order(alice, limit="190.00"))
    after_a_crash(live, go_to, at=MORNING + timedelta(minutes=9), ask=150.00)
    ended, text = found(placed)
    assert ended == OrdStatus.CANCELED
    assert text.startswith("not sent: limit price $190.00 is above $165.00, the most")


def test_a_limit_order_need_not_end_since_no_price_is_known_yet(live, go_to, morning, alice, bob):
    """As at any start: the feed has not spoken when the desk recovers."""
    limited, market_order = never_sent(order(alice, limit="183.00")), never_sent(order(bob))
    live.quotes.clear()
    go_to(MORNING + timedelta(seconds=1))
    desk = started()
    settle(desk)
    assert found(market_order) == (
        OrdStatus.CANCELED, "not sent: there is no quote to trade at",
    )  # fmt: skip
    assert status_of(limited) == OrdStatus.NEW
    quote(desk, live, 181.90, 182.00)
    desk.stop()
    assert Execution.objects.get().last_px == Decimal("182.00")


def test_a_kill_switch_holds_for_what_was_not_sent(live, go_to, morning, alice):
    placed = never_sent(order(alice, limit="183.00"))
    risk.engage_kill_switch(
        scope=SwitchScope.FIRM, actor="user:risk", reason="a test", now=utc_now()
    )
    after_a_crash(live, go_to, at=MORNING + timedelta(seconds=1))
    assert found(placed) == (
        OrdStatus.CANCELED, "not sent: new orders are stopped for all accounts",
    )  # fmt: skip


def test_what_was_never_sent_and_is_over_expires(live, go_to, morning, alice):
    placed = never_sent(order(alice, limit="183.00"))
    after_a_crash(live, go_to, at=CLOSE)
    assert status_of(placed) == OrdStatus.EXPIRED


def test_a_day_order_that_waits_for_the_open_has_missed_nothing(live, go_to, alice):
    go_to(CLOSE + timedelta(hours=1))
    live.quote("IBM", 182.44, 182.50)
    placed = never_sent(order(alice))
    after_a_crash(live, go_to, at=CLOSE + timedelta(hours=2))
    assert status_of(placed) == OrdStatus.NEW


def test_a_commit_that_took_long_is_judged_again(live, go_to, morning, alice, monkeypatch):
    def slowly(**arguments):
        placed = place_orders(**arguments)
        go_to(MORNING + timedelta(seconds=20))
        live.quote("IBM", 189.90, 190.00)
        return placed

    desk = started()
    monkeypatch.setattr("oms.desk.work.place_orders", slowly)
    placed = place(desk, order(alice))
    settle(desk)
    desk.stop()
    ended, text = found(placed)
    assert ended == OrdStatus.CANCELED
    assert text.startswith("not sent: the market order was ")


# --- Halts, delayed and stale prices --------------------------------------------------------------


def test_in_a_halt_orders_wait_and_are_told(live, morning, alice, bob, monkeypatch):
    desk = started()
    resting = place(desk, order(alice, limit="182.00"))
    settle(desk)
    halted = status("H")
    monkeypatch.setattr(marketdata, "trading_status", lambda *, symbol: halted)
    desk.on_tick(halted)
    quote(desk, live, 181.00, 181.10)
    waits = place(desk, order(bob))
    with pytest.raises(OrderDenied, match="trading in IBM is halted: News pending"):
        place(desk, order(bob, tif="IOC"))
    settle(desk)
    assert found(waits) == (
        OrdStatus.NEW, "trading in IBM is halted: News pending; the order waits",
    )  # fmt: skip
    shown = preview_order(command=order(bob), now=utc_now())
    (check,) = [each for each in shown.checks if each["name"] == "trading_halt"]
    assert (check["passed"], check["warning"]) == (True, True)
    assert not Execution.objects.exists()
    resumed = status("T")
    monkeypatch.setattr(marketdata, "trading_status", lambda *, symbol: resumed)
    desk.on_tick(resumed)
    settle(desk)
    assert not Execution.objects.exists()  # nobody has quoted since
    quote(desk, live, 181.20, 181.30)
    desk.stop()
    assert {status_of(each) for each in (resting, waits)} == {OrdStatus.FILLED}
    assert {fill.last_px for fill in Execution.objects.all()} == {Decimal("181.30")}


def test_nobody_buys_yesterdays_news(live, go_to, morning, alice, monkeypatch):
    desk = started()
    resting = place(desk, order(alice, limit="182.00"))
    settle(desk)
    monkeypatch.setattr(marketdata, "is_delayed_source", lambda *, symbol="": True)
    for command in (order(alice), order(alice, limit="183.00")):
        with pytest.raises(OrderDenied, match="the prices of IBM are delayed"):
            place(desk, command)
    quote(desk, live, 181.00, 181.10)
    desk.stop()
    assert status_of(resting) == OrdStatus.NEW
    assert not Execution.objects.exists()


def test_a_limit_order_does_not_take_a_quote_that_stands_still(live, go_to, morning, alice):
    desk = started()
    go_to(MORNING + timedelta(seconds=20))
    placed = place(desk, order(alice, limit="183.00"))
    at_once = place(desk, order(alice, limit="183.00", tif="IOC"))
    settle(desk)
    assert status_of(placed) == OrdStatus.NEW
    assert found(at_once) == (OrdStatus.CANCELED, "not filled at once")
    quote(desk, live, 182.60, 182.70)
    desk.stop()
    assert Execution.objects.get().last_px == Decimal("182.70")


def test_a_clock_that_steps_back_makes_no_old_quote_fresh(live, go_to, morning, alice):
    desk = started()
    go_to(MORNING - timedelta(hours=1) + timedelta(minutes=45))
    with pytest.raises(OrderDenied, match="how old the last quote is, is not known"):
        place(desk, order(alice))
    placed = place(desk, order(alice, limit="183.00"))
    settle(desk)
    desk.stop()
    assert status_of(placed) == OrdStatus.NEW
    assert not Execution.objects.exists()


def test_a_stream_that_lags_fills_nothing(live, go_to, morning, alice):
    """Its quotes are new to us and old to everybody else."""
    desk = started()
    placed = place(desk, order(alice, limit="182.00"))
    settle(desk)
    for seconds in (900, 6):
        desk.on_tick(live.quote("IBM", 181.00, 181.10, at=utc_now() - timedelta(seconds=seconds)))
    settle(desk)
    assert status_of(placed) == OrdStatus.NEW
    quote(desk, live, 181.50, 181.60)
    desk.stop()
    assert Execution.objects.get().last_px == Decimal("181.60")


def test_a_quote_is_as_old_as_the_older_of_two_clocks_says(live, go_to, morning, monkeypatch):
    stood = live.quote("IBM", 182.44, 182.50)
    assert quote_age_ms(quote=stood, now_ns=stood.ts_event + 40_000_000) == 40
    assert quote_age_ms(quote=stood, now_ns=stood.ts_event - 900_000_000) == 0  # clocks differ
    assert quote_age_ms(quote=stood, now_ns=stood.ts_event - 1_100_000_000) is None
    # The time was set back by just as much as the quote stood still.
    monkeypatch.setattr(marketdata, "quote_heard_ns_ago", lambda *, symbol: 60_000_000_000)
    assert quote_age_ms(quote=stood, now_ns=stood.ts_event) == 60_000


def test_an_order_is_filled_when_it_was_executed_not_when_that_was_booked(morning, alice):
    desk = started()
    placed = place(desk, order(alice))
    desk.stop()
    row = Order.objects.get(id=placed.id)
    assert row.filled_at == Execution.objects.get().executed_at >= row.created_at
