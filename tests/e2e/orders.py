"""Placing and following orders over HTTP."""

from decimal import Decimal
from typing import Any

import httpx

from tests.e2e.platform import until

ENDED = frozenset({"filled", "canceled", "expired", "rejected"})


def body(**changes: object) -> dict[str, object]:
    """Return a good market order for one share; a change to None leaves the field out."""
    order: dict[str, object] = {
        "symbol": "IBM",
        "qty": "1",
        "side": "buy",
        "type": "market",
        "time_in_force": "day",
    }
    return {name: value for name, value in {**order, **changes}.items() if value is not None}


def resting(**changes: object) -> dict[str, object]:
    """Return a good order that waits: a bid far below the market, good till canceled."""
    waits = {"type": "limit", "limit_price": "200.00", "time_in_force": "gtc"}
    return body(**{**waits, **changes})


def place(client: httpx.Client, order: dict[str, object]) -> dict[str, Any]:
    answer = client.post("/v2/orders", json=order)
    assert answer.status_code == 200, answer.text
    placed: dict[str, Any] = answer.json()
    return placed


def get(client: httpx.Client, order_id: str) -> dict[str, Any]:
    answer = client.get(f"/v2/orders/{order_id}")
    assert answer.status_code == 200, answer.text
    order: dict[str, Any] = answer.json()
    return order


def await_status(client: httpx.Client, order_id: str, *statuses: str) -> dict[str, Any]:
    """Wait until the order stands at one of the statuses; return it."""

    def look() -> dict[str, Any] | None:
        order = get(client, order_id)
        return order if order["status"] in statuses else None

    return until(look, what=f"order {order_id} to be {' or '.join(statuses)}", seconds=120)


def list_executions(client: httpx.Client, order_id: str) -> list[tuple[Decimal, Decimal]]:
    """Return the (quantity, price) of each of the order's executions."""
    life = client.get(f"/v2/orders/{order_id}:life").json()
    return [(Decimal(one["qty"]), Decimal(one["price"])) for one in life["executions"]]


def list_all(client: httpx.Client) -> list[dict[str, Any]]:
    """Return the account's orders; for tests that place fewer than a page."""
    orders: list[dict[str, Any]] = client.get(
        "/v2/orders", params={"status": "all", "limit": 500}
    ).json()
    assert len(orders) < 500
    return orders


def position_qty(client: httpx.Client, symbol: str) -> Decimal:
    answer = client.get(f"/v2/positions/{symbol}")
    return Decimal(answer.json()["qty"]) if answer.status_code == 200 else Decimal(0)


def cash(client: httpx.Client) -> Decimal:
    return Decimal(client.get("/v2/account").json()["cash"])
