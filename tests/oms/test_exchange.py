"""The paper exchange keeps hours and halts by itself, and dates nothing before it happened."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from marketdata.contracts import FeedKind, Quote, Trade, TradingStatus
from oms.domain.fills import FillState
from oms.domain.state import OrderState
from oms.paper.exchange import PaperExchange
from oms.paper.hours import Phase, TradingHours
from trading.kernel.clock import NS_PER_SECOND, to_ns
from trading.kernel.fix import ExecType, OrdStatus, OrdType, Side, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty

# The Friday after Thanksgiving closes at 13:00 New York; Monday opens at 09:30.
OPEN = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
CLOSE = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
POST_CLOSE = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
MONDAY_OPEN = datetime(2026, 11, 30, 14, 30, tzinfo=UTC)
MONDAY_CLOSE = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)


def hours(phase, since, until, kind=FeedKind.LIVE) -> TradingHours:
    return TradingHours(kind=kind, phase=phase, since_ns=to_ns(since), until_ns=to_ns(until))


REGULAR = hours(Phase.REGULAR, OPEN, CLOSE)
AFTER = hours(Phase.EXTENDED, CLOSE, POST_CLOSE)
CLOSED = hours(Phase.CLOSED, POST_CLOSE, MONDAY_OPEN)
MONDAY = hours(Phase.REGULAR, MONDAY_OPEN, MONDAY_CLOSE)


def order(
    side="BUY", qty="100", limit=None, tif="DAY", *, expires_at=CLOSE, extended_hours=False, at=OPEN
) -> OrderState:
    return OrderState(
        id=new_id(),
        account_id=new_id(),
        instrument_id=new_id(),
        symbol="KO",
        cl_ord_id=str(new_id()),
        side=Side(side),
        ord_type=OrdType.MARKET if limit is None else OrdType.LIMIT,
        time_in_force=TimeInForce(tif),
        limit_price=None if limit is None else Price(Decimal(limit)),
        status=OrdStatus.PENDING_NEW,
        fill=FillState(order_qty=Qty(Decimal(qty))),
        created_at=at,
        expires_at=None if tif in {"IOC", "FOK"} else expires_at,
        extended_hours=extended_hours,
    )


def quote(at, *, ask=68.81, size=300, source="test") -> Quote:
    return Quote(
        symbol="KO", bid_px=ask - 0.03, bid_size=size, ask_px=ask, ask_size=size, bid_exchange="N",
        ask_exchange="N", ts_event=to_ns(at), ts_init=to_ns(at), source=source,
    )  # fmt: skip


def trade(at, px, size=100) -> Trade:
    return Trade(
        symbol="KO", px=px, size=size, exchange="N", conditions=(), trade_id=1,
        ts_event=to_ns(at), ts_init=to_ns(at), source="test",
    )  # fmt: skip


def status(at, code, message="Trading Halt", reason="News pending") -> TradingStatus:
    return TradingStatus(
        symbol="KO", status_code=code, status_message=message, reason_code="T1",
        reason_message=reason, ts_event=to_ns(at), ts_init=to_ns(at), source="test",
    )  # fmt: skip


def told(reports) -> list[tuple[str, str, str]]:
    return [
        (
            report.exec_type.value,
            "" if report.last_px is None else f"{report.last_qty}@{report.last_px}",
            report.text,
        )
        for report in reports
    ]


@pytest.fixture
def exchange() -> PaperExchange:
    return PaperExchange()


def submit(exchange, one, *, at, hours, quote=None, status=None):
    return exchange.submit(order=one, quote=quote, status=status, hours=hours, now_ns=to_ns(at))


def show(exchange, one_quote, *, hours, at=None):
    ts = one_quote.ts_event if at is None else to_ns(at)
    return exchange.on_quote(one_quote, hours=hours, now_ns=max(ts, one_quote.ts_event))


NEW = ("NEW", "", "")
CLOSED_WAITS = ("NEW", "", "the market is closed; the order waits")


def test_a_day_order_ends_at_the_close_whenever_anybody_looks(exchange):
    submit(exchange, order(limit="69.00"), at=CLOSE - timedelta(seconds=8), hours=REGULAR)
    late = CLOSE + timedelta(milliseconds=150)
    reports = show(exchange, quote(late), hours=AFTER)
    assert told(reports) == [("EXPIRED", "", "")]
    assert reports[0].ts_event == to_ns(CLOSE)
    assert show(exchange, quote(late + timedelta(seconds=1)), hours=AFTER) == []


def test_a_quote_of_before_the_close_that_comes_after_it_fills_nothing(exchange):
    submit(exchange, order(limit="69.00"), at=CLOSE - timedelta(seconds=8), hours=REGULAR)
    early = quote(CLOSE - timedelta(milliseconds=1))
    reports = show(exchange, early, hours=AFTER, at=CLOSE)
    assert told(reports) == [("EXPIRED", "", "")]


def test_an_order_that_is_sent_after_its_end_expires_unfilled(exchange):
    reports = submit(exchange, order(), at=CLOSE, hours=AFTER, quote=quote(CLOSE))
    assert told(reports) == [("EXPIRED", "", "")]


@pytest.mark.parametrize("tif", ["DAY", "GTC"])
@pytest.mark.parametrize("limit", [None, "69.00"])
def test_what_is_sent_after_the_close_meets_the_first_quote_of_the_next_session(
    exchange, tif, limit
):
    at = CLOSE + timedelta(seconds=8)
    sent = order(limit=limit, tif=tif, expires_at=MONDAY_CLOSE, at=at)
    assert told(submit(exchange, sent, at=at, hours=AFTER, quote=quote(at))) == [CLOSED_WAITS]
    assert show(exchange, quote(at + timedelta(seconds=1), ask=60.00), hours=AFTER) == []
    assert exchange.on_trade(trade(at, 60.00), hours=AFTER, now_ns=to_ns(at)) == []
    # Friday's quote, told late, is none of Monday's.
    assert show(exchange, quote(POST_CLOSE, ask=60.00), hours=MONDAY, at=MONDAY_OPEN) == []
    first = quote(MONDAY_OPEN + timedelta(seconds=2), ask=68.50)
    assert told(show(exchange, first, hours=MONDAY)) == [("TRADE", "100@68.5", "")]


@pytest.mark.parametrize("tif", ["IOC", "FOK"])
@pytest.mark.parametrize("phase", [AFTER, CLOSED])
def test_an_immediate_order_outside_the_session_is_canceled_by_name(exchange, tif, phase):
    at = POST_CLOSE
    reports = submit(exchange, order(limit="69.00", tif=tif), at=at, hours=phase, quote=quote(at))
    assert told(reports) == [NEW, ("CANCELED", "", "the market is closed")]


def test_only_who_asks_for_extended_hours_trades_in_them(exchange):
    at = CLOSE + timedelta(seconds=8)
    asks = order(limit="69.00", tif="GTC", expires_at=MONDAY_CLOSE, extended_hours=True)
    asks_not = order(limit="69.00", tif="GTC", expires_at=MONDAY_CLOSE)
    submit(exchange, asks_not, at=at, hours=AFTER, quote=quote(at))
    reports = submit(exchange, asks, at=at, hours=AFTER, quote=quote(at))
    assert told(reports) == [NEW, ("TRADE", "100@68.81", "")]
    overnight = order(limit="69.00", expires_at=MONDAY_CLOSE, extended_hours=True)
    night = POST_CLOSE + timedelta(hours=1)
    reports = submit(exchange, overnight, at=night, hours=CLOSED, quote=quote(night))
    assert told(reports) == [CLOSED_WAITS]


def test_yesterdays_quote_is_not_there_at_the_open(exchange):
    """It still stands in memory, but nobody has said anything today."""
    sent = order(expires_at=MONDAY_CLOSE)
    at = MONDAY_OPEN + timedelta(milliseconds=20)
    assert told(submit(exchange, sent, at=at, hours=MONDAY, quote=quote(POST_CLOSE))) == [NEW]


def test_nothing_fills_between_the_halt_and_the_resumption(exchange):
    at = OPEN + timedelta(minutes=1)
    resting = order(limit="69.00", tif="GTC", expires_at=MONDAY_CLOSE)
    submit(exchange, resting, at=at, hours=REGULAR)
    exchange.on_status(status(at + timedelta(seconds=1), "H"))
    assert show(exchange, quote(at + timedelta(seconds=2)), hours=REGULAR) == []
    printed = trade(at + timedelta(seconds=2), 68.00)
    assert exchange.on_trade(printed, hours=REGULAR, now_ns=printed.ts_event) == []
    halted = status(at + timedelta(seconds=1), "H")
    waits = submit(
        exchange, order(), at=at + timedelta(seconds=3), hours=REGULAR, quote=quote(at),
        status=halted,
    )  # fmt: skip
    assert told(waits) == [("NEW", "", "trading in KO is halted: News pending; the order waits")]
    at_once = submit(
        exchange, order(tif="IOC"), at=at + timedelta(seconds=3), hours=REGULAR, quote=quote(at),
        status=halted,
    )  # fmt: skip
    assert told(at_once) == [NEW, ("CANCELED", "", "trading in KO is halted: News pending")]
    # Quotes are taken before the resumption; nothing trades yet.
    exchange.on_status(status(at + timedelta(seconds=4), "Q"))
    assert show(exchange, quote(at + timedelta(seconds=5)), hours=REGULAR) == []
    exchange.on_status(status(at + timedelta(seconds=6), "T", "Trading Resumption", ""))
    exchange.on_status(halted)  # an old word that comes late
    assert show(exchange, quote(at + timedelta(seconds=5), ask=68.00), hours=REGULAR) == []
    resumed = quote(at + timedelta(seconds=7), ask=68.70, size=200)
    assert told(show(exchange, resumed, hours=REGULAR)) == [
        ("TRADE", "100@68.7", ""),
        ("TRADE", "100@68.7", ""),
    ]


def test_a_halt_is_known_again_after_a_restart(exchange):
    at = OPEN + timedelta(minutes=1)
    exchange.restore(order=order(limit="69.00"), status=status(at, "2"))
    assert show(exchange, quote(at + timedelta(seconds=2)), hours=REGULAR) == []


@pytest.mark.parametrize("kind", [FeedKind.LIVE, FeedKind.DELAYED])
def test_what_another_kind_of_market_showed_is_gone(exchange, kind):
    at = OPEN + timedelta(minutes=1)
    made_up = hours(Phase.REGULAR, OPEN, CLOSE, FeedKind.SIMULATED)
    submit(exchange, order(limit="1.00"), at=at, hours=made_up, quote=quote(at, source="simulated"))
    real = hours(Phase.REGULAR, OPEN, CLOSE, kind)
    assert told(submit(exchange, order(limit="70.00"), at=at, hours=real, quote=None)) == [NEW]
    assert exchange.shown == {}
    # Its own quotes count, also where their times are older than those of the one before.
    older = quote(at - timedelta(seconds=1), ask=69.50, source="alpaca")
    assert told(show(exchange, older, hours=real, at=at)) == [("TRADE", "100@69.5", "")]


def test_no_execution_is_dated_before_its_order_arrived(exchange):
    at = OPEN + timedelta(minutes=1)
    before = quote(at - timedelta(milliseconds=300))
    taken = submit(exchange, order(), at=at, hours=REGULAR, quote=before)
    assert {report.ts_event for report in taken} == {to_ns(at)}
    submit(exchange, order(limit="68.80"), at=at, hours=REGULAR, quote=before)
    on_its_way = quote(at - timedelta(milliseconds=100), ask=68.80)
    (report,) = show(exchange, on_its_way, hours=REGULAR, at=at + timedelta(milliseconds=5))
    assert report.exec_type is ExecType.TRADE
    assert report.ts_event == to_ns(at)


def test_a_print_of_before_an_order_does_not_fill_it(exchange):
    at = OPEN + timedelta(minutes=1)
    submit(exchange, order(limit="68.80"), at=at, hours=REGULAR, quote=quote(at))
    early = trade(at - timedelta(milliseconds=1), 68.70)
    assert exchange.on_trade(early, hours=REGULAR, now_ns=to_ns(at)) == []
    after = trade(at, 68.70)
    assert told(exchange.on_trade(after, hours=REGULAR, now_ns=to_ns(at))) == [
        ("TRADE", "100@68.80", "")
    ]


def test_a_size_that_nobody_can_have_stops_nothing(exchange):
    at = OPEN + timedelta(minutes=1)
    sent = order(qty="1000000000", limit="70.00")
    reports = submit(exchange, sent, at=at, hours=REGULAR, quote=quote(at, size=1e20))
    assert told(reports) == [NEW, ("TRADE", "1000000000@68.81", "")]


def test_the_queue_of_ends_does_not_grow_with_what_has_ended(exchange):
    at = OPEN + timedelta(minutes=1)
    for _ in range(5_000):
        sent = order(limit="1.00")
        submit(exchange, sent, at=at, hours=REGULAR)
        exchange.cancel(order_id=sent.id, ts_event=to_ns(at))
    assert len(exchange._ends) <= 1_001
    assert exchange.expire(now_ns=to_ns(CLOSE) + NS_PER_SECOND) == []


def bought(reports) -> Decimal:
    return sum((one.last_qty for one in reports if one.exec_type is ExecType.TRADE), Decimal(0))


def take_all(exchange, one_quote) -> Decimal:
    at = OPEN + timedelta(seconds=9)
    return bought(
        submit(exchange, order(qty="300", tif="IOC"), at=at, hours=REGULAR, quote=one_quote)
    )


def test_an_order_that_may_not_take_a_quote_brings_none_of_its_size_back(exchange):
    standing = quote(OPEN + timedelta(seconds=1))
    assert take_all(exchange, standing) == 300
    rests = order(qty="1", limit="60.00")
    submit(exchange, rests, at=OPEN + timedelta(seconds=9), hours=REGULAR, quote=None)
    assert take_all(exchange, standing) == 0


def test_an_order_that_may_not_take_a_quote_leaves_it_to_the_others(exchange):
    standing = quote(OPEN + timedelta(seconds=1))
    at = OPEN + timedelta(seconds=9)
    first = submit(exchange, order(), at=at, hours=REGULAR, quote=standing)
    assert bought(first) == 100
    assert bought(submit(exchange, order(tif="IOC"), at=at, hours=REGULAR, quote=None)) == 0
    assert take_all(exchange, standing) == 200


def test_a_quote_that_another_source_comes_between_is_shown_once(exchange):
    standing = quote(OPEN + timedelta(seconds=2))
    submit(exchange, order(qty="1", limit="60.00"), at=OPEN, hours=REGULAR)
    assert take_all(exchange, standing) == 300
    show(exchange, quote(OPEN + timedelta(seconds=1), source="other", size=0), hours=REGULAR)
    assert take_all(exchange, standing) == 0


def test_what_was_taken_of_a_quote_is_not_forgotten_with_a_symbols_orders(exchange):
    standing = quote(OPEN + timedelta(seconds=1))
    at = OPEN + timedelta(seconds=9)
    assert bought(submit(exchange, order(), at=at, hours=REGULAR, quote=standing)) == 100
    exchange.forget(symbol="KO")
    assert take_all(exchange.successor(), standing) == 200
    assert take_all(exchange, standing) == 0
