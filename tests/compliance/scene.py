"""A small firm at work: one of every row that events tell, and a superuser who alters rows."""

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from compliance.contracts import BadRecord, VerificationReport
from marketdata import interface as marketdata
from oms.contracts import CancelOrder, ExecutionReport
from oms.domain.state import OrderState
from oms.operations.apply_reports import apply_reports
from oms.operations.cancel import request_cancels
from oms.operations.place import OrderDenied, place_orders
from oms.operations.resolve_suspense import dismiss_suspended
from oms.operations.start_day import start_day
from oms.operations.write_down import lift_write_down, write_down
from risk import interface as risk
from risk.contracts import Audience, LimitName, SwitchScope
from tests.oms.conftest import order
from trading.identity.interface import create_api_key, revoke_api_key
from trading.infra.database import cursor, sql
from trading.kernel.clock import now_ns, utc_now
from trading.kernel.fix import ExecType
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty


@dataclass(frozen=True, kw_only=True)
class Scene:
    account_id: UUID
    owner_id: UUID
    bought: UUID
    sold: UUID
    partly: UUID
    resting: UUID
    canceled: UUID
    denied: UUID
    suspended: UUID
    instrument_id: UUID
    exec_ids: tuple[str, str]
    limit_id: int
    switch_id: int
    restriction_id: int
    key_id: str


def place(command: Any) -> OrderState | OrderDenied:
    (outcome,) = place_orders(commands=[command], now=utc_now()).outcomes
    assert isinstance(outcome, OrderState | OrderDenied)
    return outcome


def report(order_id: UUID, *, qty: str | None = None, px: str | None = None, kind=None) -> str:
    exec_id = str(new_id())
    apply_reports(
        reports=[
            ExecutionReport(
                order_id=order_id,
                exec_id=exec_id,
                exec_type=kind or ExecType.TRADE,
                ts_event=now_ns(),
                last_qty=None if qty is None else Qty(Decimal(qty)),
                last_px=None if px is None else Price(Decimal(px)),
            )
        ],
        now=utc_now(),
        actor="system:test",
    )
    return exec_id


def play(account_id: UUID) -> Scene:
    """Do something of everything on the account."""
    bought = place(order(account_id, qty="10", limit="182.50"))
    assert isinstance(bought, OrderState)
    report(bought.id, kind=ExecType.NEW)
    first = report(bought.id, qty="4", px="182.50")
    report(bought.id, qty="6", px="182.40")
    sold = place(order(account_id, "SELL", "5", limit="182.00"))
    assert isinstance(sold, OrderState)
    report(sold.id, kind=ExecType.NEW)
    second = report(sold.id, qty="2", px="183.00")
    resting = place(order(account_id, qty="3", limit="180.00", tif="GTC"))
    partly = place(order(account_id, qty="3.5", limit="179.99"))
    assert isinstance(partly, OrderState)
    report(partly.id, qty="1.333333333", px="179.97")
    canceled = place(order(account_id, qty="3", limit="179.00"))
    assert isinstance(canceled, OrderState)
    request_cancels(
        commands=[
            CancelOrder(
                account_id=account_id, order_id=canceled.id, actor="user:test", request_id="",
                received_at=utc_now(), text="canceled by the firm", rule="switch:1",
            )
        ],
        now=utc_now(),
    )  # fmt: skip
    report(canceled.id, kind=ExecType.CANCELED)
    denied = place(order(account_id, qty="5000", limit="250.00"))
    assert isinstance(resting, OrderState) and isinstance(denied, OrderDenied)
    suspended = _suspend(bought.id)
    instrument_id = _write_down(account_id)
    owner_id = _owner_of(account_id)
    sql("UPDATE oms_account SET day_start_date = '2020-01-01' WHERE id = %s", [account_id])
    start_day(now=utc_now())
    configure_provider()
    return Scene(
        account_id=account_id,
        owner_id=owner_id,
        bought=bought.id,
        sold=sold.id,
        partly=partly.id,
        resting=resting.id,
        canceled=canceled.id,
        denied=denied.order_id,
        suspended=suspended,
        instrument_id=instrument_id,
        exec_ids=(first, second),
        key_id=_keys(owner_id),
        **_rules(account_id),
    )


def _owner_of(account_id: UUID) -> UUID:
    row = sql("SELECT owner_id FROM oms_account WHERE id = %s", [account_id]).fetchone()
    assert row is not None
    owner: UUID = row[0]
    return owner


def _suspend(order_id: UUID) -> UUID:
    """Let a market report two fills that the books cannot take; staff dismiss the first."""
    for _ in range(2):
        report(order_id, qty="99", px="182.40")
    rows = sql("SELECT id FROM oms_suspendedreport ORDER BY id").fetchall()
    (first,), (second,) = rows
    dismiss_suspended(suspense_id=first, actor="user:one", reason="a test", now=utc_now())
    waiting: UUID = second
    return waiting


def _write_down(account_id: UUID) -> UUID:
    row = sql(
        "SELECT instrument_id FROM oms_position WHERE account_id = %s AND symbol = 'IBM'",
        [account_id],
    ).fetchone()
    assert row is not None
    said: dict[str, Any] = {"actor": "user:one", "reason": "a test", "now": utc_now()}
    write_down(account_id=account_id, instrument_id=row[0], **said)
    lift_write_down(account_id=account_id, instrument_id=row[0], **said)
    write_down(account_id=account_id, instrument_id=row[0], **said)
    instrument_id: UUID = row[0]
    return instrument_id


def _keys(owner_id: UUID) -> str:
    key_id, _ = create_api_key(user_id=owner_id, label="Mine", now=utc_now())
    old, _ = create_api_key(user_id=owner_id, label="Old", now=utc_now())
    revoke_api_key(user_id=owner_id, key_id=old, now=utc_now())
    return key_id


def _rules(account_id: UUID) -> dict[str, int]:
    said: dict[str, Any] = {"reason": "a test", "now": utc_now(), "request_id": ""}
    limit = risk.set_limit(
        name=LimitName.ORDER_VALUE, value=Decimal(1000), account_id=account_id, effective_to=None,
        actor="user:one", **said,
    )  # fmt: skip
    switch = risk.engage_kill_switch(
        scope=SwitchScope.SYMBOL, account_id=None, symbol="BAC", actor="user:one", **said
    )
    lifted = risk.engage_kill_switch(
        scope=SwitchScope.SYMBOL, account_id=None, symbol="F", actor="user:one", **said
    )
    risk.lift_kill_switch(switch_id=lifted.id, actor="user:two", **said)
    restriction = risk.restrict_symbol(
        symbol="XOM", applies_to=Audience.EVERYONE, actor="user:one", **said
    )
    released = risk.restrict_symbol(
        symbol="KO", applies_to=Audience.EMPLOYEES, actor="user:one", **said
    )
    risk.release_symbol(restriction_id=released.id, actor="user:two", **said)
    return {"limit_id": limit.id, "switch_id": switch.id, "restriction_id": restriction.id}


def configure_provider() -> None:
    marketdata.ensure_providers()
    marketdata.configure_provider(
        name="tiingo", is_enabled=False, priority=7, options={}, secrets={"token": "s3cret"},
        cleared=(), actor="user:one", reason="a test", now=utc_now(),
    )  # fmt: skip


@contextmanager
def superuser():
    """Past every trigger and foreign key, as the database's superuser can."""
    sql("SET LOCAL session_replication_role = replica")
    yield
    sql("SET LOCAL session_replication_role = origin")


def attack(query: LiteralString, parameters: Any = ()) -> None:
    with superuser():
        cursor().execute(query, parameters)


def names_of(scene: Scene) -> dict[str, object]:
    """Return what the statements of attacks call things."""
    return {**asdict(scene), "fill": scene.exec_ids[0], "sale": scene.exec_ids[1]}


def bad_in(report: VerificationReport, table: str) -> BadRecord:
    return next(bad for bad in report.bad if bad.table == table)
