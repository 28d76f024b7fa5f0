"""What serves the order API: async, without the ORM, one call into the interface each."""

import asyncio
from uuid import UUID

from django.http import HttpResponse

from marketdata import interface as marketdata
from oms import interface as oms
from oms.api import order_list, requests, wire
from oms.api.endpoint import Call
from oms.api.errors import wire_error
from oms.contracts import CancelOrder, PlaceOrder
from trading.infra.database import in_thread
from trading.infra.lean import json_response
from trading.infra.observability import current_request_id
from trading.infra.wire import malformed_parameter, not_found, rule_broken
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError


def _order_id(text: str) -> UUID:
    order_id = wire.uuid_or_none(text)
    if order_id is None:
        raise malformed_parameter("order_id is missing")
    return order_id


async def place_order(call: Call) -> HttpResponse:
    command = await _command(call)
    await marketdata.await_price(symbol=command.symbol)
    placed = await asyncio.wrap_future(oms.place_order(command=command))
    return json_response(wire.order(placed))


async def preview_order(call: Call) -> HttpResponse:
    command = await _command(call)
    await marketdata.await_price(symbol=command.symbol)
    preview = await in_thread(oms.preview_order, command=command, now=utc_now())
    return json_response(wire.preview(preview))


async def _command(call: Call) -> PlaceOrder:
    body = requests.read_json(call.request, principal=call.principal)
    symbol = requests.order_symbol(body)
    if isinstance(symbol, UUID):
        asset = await in_thread(marketdata.find_instrument_by_id, instrument_id=symbol)
        if asset is None:
            raise rule_broken(f'asset "{symbol}" not found', reason="UNKNOWN_SYMBOL")
        symbol = asset.symbol
    return requests.place_order(
        body=body, symbol=symbol, account_id=call.account_id, principal=call.principal
    )


async def list_orders(call: Call) -> HttpResponse:
    wanted = order_list.read(call.query)
    if wanted is None:
        return json_response([])
    orders = await in_thread(oms.list_orders, account_id=call.account_id, **wanted)
    return json_response([wire.order(order) for order in orders])


async def list_history(call: Call) -> HttpResponse:
    """List what was asked for, let through or not, each with the reason of a refusal."""
    wanted = order_list.read_history(call.query)
    if wanted is None:
        return json_response([])
    orders = await in_thread(oms.list_orders, account_id=call.account_id, **wanted)
    return json_response([wire.order(order) | {"reason": order.text} for order in orders])


async def get_order(call: Call, order_id: str) -> HttpResponse:
    order_list.check_nested(call.query)
    order = await in_thread(
        oms.find_order, account_id=call.account_id, order_id=_order_id(order_id)
    )
    if order is None:
        raise not_found(f"order not found for {order_id}")
    return json_response(wire.order(order))


async def get_order_by_client_id(call: Call) -> HttpResponse:
    cl_ord_id = call.query.get("client_order_id", "")
    if not cl_ord_id:
        raise malformed_parameter("client_order_id is missing")
    order = await in_thread(
        oms.find_order_by_client_id, account_id=call.account_id, cl_ord_id=cl_ord_id
    )
    if order is None:
        raise not_found(f"order not found for {cl_ord_id}")
    return json_response(wire.order(order))


async def get_order_life(call: Call, order_id: str) -> HttpResponse:
    life = await in_thread(
        oms.find_order_life, account_id=call.account_id, order_id=_order_id(order_id)
    )
    if life is None:
        raise not_found(f"order not found for {order_id}")
    return json_response(wire.life(life))


async def cancel_order(call: Call, order_id: str) -> HttpResponse:
    command = CancelOrder(
        account_id=call.account_id,
        order_id=_order_id(order_id),
        actor=call.principal.actor,
        request_id=current_request_id(),
        received_at=utc_now(),
    )
    await asyncio.wrap_future(oms.cancel_order(command=command))
    return HttpResponse(status=204, content_type="application/json")


async def cancel_all_orders(call: Call) -> HttpResponse:
    asked = await in_thread(
        oms.cancel_open_orders,
        actor=call.principal.actor,
        request_id=current_request_id(),
        account_id=call.account_id,
    )
    outcomes = await asyncio.gather(
        *(asyncio.wrap_future(answer) for _, answer in asked), return_exceptions=True
    )
    items: list[dict[str, object]] = []
    for (order_id, _), outcome in zip(asked, outcomes, strict=True):
        if isinstance(outcome, TradingError):
            body = wire_error(outcome).body()
            items.append({"id": str(order_id), "status": 500, "body": body})
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            items.append({"id": str(order_id), "status": 200})
    return json_response(items, status=207)


async def get_account(call: Call) -> HttpResponse:
    return json_response(wire.account(await in_thread(oms.get_account, account_id=call.account_id)))


async def list_positions(call: Call) -> HttpResponse:
    positions = await in_thread(oms.list_positions, account_id=call.account_id, now=utc_now())
    return json_response([wire.position(position) for position in positions])


async def get_position(call: Call, symbol_or_id: str) -> HttpResponse:
    asset = await in_thread(marketdata.find_asset, name=symbol_or_id)
    if asset is None:
        raise not_found(f"symbol not found: {symbol_or_id}")
    for position in await in_thread(oms.list_positions, account_id=call.account_id, now=utc_now()):
        if position.instrument_id == asset.id:
            return json_response(wire.position(position))
    raise not_found("position does not exist")
