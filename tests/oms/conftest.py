"""Alice trades cash, Bob margin, Charlie sees nothing of theirs. A market that stands still."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

import marketdata
from marketdata import interface as marketdata_interface
from marketdata.contracts import FeedKind, Quote, Session, Trade
from oms import interface as oms
from oms.contracts import AccountType, Channel, PlaceOrder
from oms.desk import Desk
from oms.operations.open_account import open_account
from tests.oms.desks import started
from trading.identity.interface import Role, create_user
from trading.kernel import clock
from trading.kernel.clock import to_ns, utc_now
from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty

SECURITY_MASTER = Path(marketdata.__file__).parent / "data" / "security_master.csv"


@dataclass
class StillMarket:
    """The prices that tests set, in place of a feed."""

    quotes: dict[str, Quote] = field(default_factory=dict)
    trades: dict[str, Trade] = field(default_factory=dict)
    closes: dict[str, float] = field(default_factory=dict)
    requested: set[str] = field(default_factory=set)
    opens_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    closes_at: datetime = datetime(2099, 1, 1, tzinfo=UTC)

    def quote(
        self,
        symbol: str,
        bid: float,
        ask: float,
        *,
        bid_size: int = 500,
        ask_size: int = 500,
        at: datetime | None = None,
    ) -> Quote:
        ts = to_ns(at or utc_now())
        made = Quote(
            symbol=symbol, bid_px=bid, bid_size=bid_size, ask_px=ask, ask_size=ask_size,
            bid_exchange="N", ask_exchange="N", ts_event=ts, ts_init=ts, source="test",
        )  # fmt: skip
        self.quotes[symbol] = made
        return made

    def trade(self, symbol: str, px: float, size: int) -> Trade:
        ts = to_ns(utc_now())
        made = Trade(
            symbol=symbol, px=px, size=size, exchange="N", conditions=(), trade_id=1,
            ts_event=ts, ts_init=ts, source="test",
        )  # fmt: skip
        self.trades[symbol] = made
        return made

    def previous_closes(self, *, symbols: Sequence[str], now: datetime) -> dict[str, float]:
        del now
        return {symbol: self.closes[symbol] for symbol in symbols if symbol in self.closes}

    def session(self, *, now: datetime) -> Session:
        is_open = self.opens_at <= now
        return Session(
            kind=FeedKind.SIMULATED,
            is_open=is_open,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            next_open=self.closes_at + timedelta(seconds=1) if is_open else self.opens_at,
            next_close=self.closes_at,
        )


@pytest.fixture
def market(monkeypatch) -> StillMarket:
    still = StillMarket()
    for name, read in (
        ("latest_quote", lambda *, symbol: still.quotes.get(symbol)),
        ("latest_trade", lambda *, symbol: still.trades.get(symbol)),
        ("previous_close", lambda *, symbol: still.closes.get(symbol)),
        ("previous_closes", still.previous_closes),
        ("request_previous_closes", lambda *, symbols, now: still.requested.update(symbols)),
        ("get_session", still.session),
    ):
        monkeypatch.setattr(marketdata_interface, name, read)
    still.quote("IBM", 182.44, 182.50)
    still.quote("BAC", 13.90, 13.91)
    return still


@pytest.fixture
def go_to(monkeypatch) -> Callable[[datetime], None]:
    """Let it be another time, from which the clock runs on."""
    offset = timedelta()
    real_datetime, real_time = vars(clock)["datetime"], vars(clock)["time"]

    class Shifted(datetime):
        @classmethod
        def now(cls, tz=None):
            return real_datetime.now(tz=tz) + offset

    def time_ns():
        return real_time.time_ns() + offset // timedelta(microseconds=1) * 1_000

    shifted = SimpleNamespace(time_ns=time_ns, monotonic_ns=real_time.monotonic_ns)
    monkeypatch.setattr(clock, "datetime", Shifted)
    monkeypatch.setattr(clock, "time", shifted)

    def go(at: datetime) -> None:
        nonlocal offset
        offset = at - real_datetime.now(tz=UTC)

    return go


@pytest.fixture
def desk(market) -> Iterator[Desk]:
    made = started()
    yield made
    made.stop()


@pytest.fixture
def process_desk(market) -> Iterator[None]:
    """Run the desk that ``oms.interface`` hands everything to."""
    oms.start_desk()
    state = oms.desk_state()
    assert state is not None
    assert state.trouble == ""
    yield
    oms.stop_desk()


@pytest.fixture
def instruments(db) -> None:
    marketdata_interface.load_security_master(path=SECURITY_MASTER)


def open_for(username: str, account_type: AccountType) -> UUID:
    now = utc_now()
    owner = create_user(
        username=username, password="x", role=Role.TRADER, first_name=username.capitalize(),
        actor="system:test", now=now,
    )  # fmt: skip
    return open_account(
        owner_id=owner, account_type=account_type, opening_cash=Decimal("100000.00"),
        actor="system:test", now=now,
    )  # fmt: skip


@pytest.fixture
def alice(instruments) -> UUID:
    return open_for("alice", AccountType.CASH)


@pytest.fixture
def bob(instruments) -> UUID:
    return open_for("bob", AccountType.MARGIN)


@pytest.fixture
def charlie(instruments) -> UUID:
    return open_for("charlie", AccountType.CASH)


def order(
    account_id: UUID,
    side: str = "BUY",
    qty: str = "10",
    *,
    symbol: str = "IBM",
    limit: str | None = None,
    tif: str = "DAY",
    cl_ord_id: str | None = None,
    extended_hours: bool = False,
) -> PlaceOrder:
    return PlaceOrder(
        account_id=account_id,
        cl_ord_id=cl_ord_id or str(new_id()),
        symbol=symbol,
        side=Side(side),
        ord_type=OrdType.MARKET if limit is None else OrdType.LIMIT,
        time_in_force=TimeInForce(tif),
        qty=Qty(Decimal(qty)),
        limit_price=None if limit is None else Price(Decimal(limit)),
        extended_hours=extended_hours,
        channel=Channel.API,
        actor="user:test",
        request_id="request-1",
        received_at=utc_now(),
    )
