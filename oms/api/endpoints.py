"""The endpoints that orders wait for: async, without the ORM, one call into the interface each."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from marketdata import interface as marketdata
from oms import interface as oms
from oms.api import requests, wire
from oms.api.errors import wire_error
from oms.contracts import CancelOrder
from trading.identity.interface import Principal
from trading.identity.requests import authenticate
from trading.infra.database import in_thread
from trading.infra.lean import json_response
from trading.infra.observability import current_request_id
from trading.infra.wire import WireError, forbidden, malformed_parameter, not_found
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError

Endpoint = Callable[..., Coroutine[Any, Any, HttpResponse]]

_accounts: dict[UUID, UUID] = {}  # user -> account; the pair never changes once it is there


async def _account_of(principal: Principal) -> UUID:
    account_id = _accounts.get(principal.user_id)
    if account_id is None:
        account_id = await in_thread(oms.find_account_id, user_id=principal.user_id)
        if account_id is None:
            raise forbidden("account is not authorized to trade")
        _accounts[principal.user_id] = account_id
    return account_id


def endpoint(**methods: Endpoint) -> Endpoint:
    """Serve one address: who asks, which account, the method's function, errors by name."""

    async def view(request: HttpRequest, **arguments: str) -> HttpResponse:
        method = request.method or ""
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            error = WireError("method not allowed", status=405, number=40500000)
            return json_response(error.body(), status=error.status)
        try:
            principal = await authenticate(request)
            account_id = await _account_of(principal)
            return await handler(request, principal, account_id, **arguments)
        except WireError as error:
            return json_response(error.body(), status=error.status)
        except TradingError as error:
            answer = wire_error(error)
            return json_response(answer.body(), status=answer.status)

    return csrf_exempt(view)  # ``authenticate`` checks the token of browsers


def _order_id(text: str) -> UUID:
    order_id = wire.uuid_or_none(text)
    if order_id is None:
        raise malformed_parameter("order_id is missing")
    return order_id


async def place_order(request: HttpRequest, principal: Principal, account_id: UUID) -> HttpResponse:
    body = requests.read_json(request)
    command = requests.place_order(body=body, account_id=account_id, principal=principal)
    await marketdata.await_price(symbol=command.symbol)
    placed = await asyncio.wrap_future(oms.place_order(command=command))
    return json_response(wire.order(placed))


async def preview_order(
    request: HttpRequest, principal: Principal, account_id: UUID
) -> HttpResponse:
    body = requests.read_json(request)
    command = requests.place_order(body=body, account_id=account_id, principal=principal)
    await marketdata.await_price(symbol=command.symbol)
    preview = await in_thread(oms.preview_order, command=command, now=utc_now())
    return json_response(wire.preview(preview))


async def list_orders(request: HttpRequest, principal: Principal, account_id: UUID) -> HttpResponse:
    del principal
    wanted = requests.order_list(request.GET.dict())
    orders = await in_thread(oms.list_orders, account_id=account_id, **wanted)
    return json_response([wire.order(order) for order in orders])


async def get_order(
    request: HttpRequest, principal: Principal, account_id: UUID, order_id: str
) -> HttpResponse:
    del request, principal
    order = await in_thread(oms.find_order, account_id=account_id, order_id=_order_id(order_id))
    if order is None:
        raise not_found(f"order not found for {order_id}")
    return json_response(wire.order(order))


async def get_order_by_client_id(
    request: HttpRequest, principal: Principal, account_id: UUID
) -> HttpResponse:
    del principal
    cl_ord_id = request.GET.get("client_order_id", "")
    if not cl_ord_id:
        raise malformed_parameter("client_order_id is missing")
    if not cl_ord_id.isprintable():
        raise not_found("order not found for that client_order_id")  # none was ever let in
    order = await in_thread(oms.find_order_by_client_id, account_id=account_id, cl_ord_id=cl_ord_id)
    if order is None:
        raise not_found(f"order not found for {cl_ord_id}")
    return json_response(wire.order(order))


async def get_order_life(
    request: HttpRequest, principal: Principal, account_id: UUID, order_id: str
) -> HttpResponse:
    del request, principal
    life = await in_thread(oms.find_order_life, account_id=account_id, order_id=_order_id(order_id))
    if life is None:
        raise not_found(f"order not found for {order_id}")
    return json_response(wire.life(life))


async def cancel_order(
    request: HttpRequest, principal: Principal, account_id: UUID, order_id: str
) -> HttpResponse:
    del request
    command = CancelOrder(
        account_id=account_id,
        order_id=_order_id(order_id),
        actor=principal.actor,
        request_id=current_request_id(),
        received_at=utc_now(),
    )
    await asyncio.wrap_future(oms.cancel_order(command=command))
    return HttpResponse(status=204)


async def cancel_all_orders(
    request: HttpRequest, principal: Principal, account_id: UUID
) -> HttpResponse:
    del request
    asked = await in_thread(
        oms.cancel_open_orders,
        actor=principal.actor,
        request_id=current_request_id(),
        account_id=account_id,
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


async def get_account(request: HttpRequest, principal: Principal, account_id: UUID) -> HttpResponse:
    del request, principal
    return json_response(wire.account(await in_thread(oms.get_account, account_id=account_id)))


async def list_positions(
    request: HttpRequest, principal: Principal, account_id: UUID
) -> HttpResponse:
    del request, principal
    positions = await in_thread(oms.list_positions, account_id=account_id, now=utc_now())
    return json_response([wire.position(position) for position in positions])


async def get_position(
    request: HttpRequest, principal: Principal, account_id: UUID, symbol_or_id: str
) -> HttpResponse:
    del request, principal
    for position in await in_thread(oms.list_positions, account_id=account_id, now=utc_now()):
        if symbol_or_id.upper() == position.symbol or symbol_or_id == str(position.instrument_id):
            return json_response(wire.position(position))
    if await in_thread(oms.is_known_instrument, symbol_or_id=symbol_or_id):
        raise not_found("position does not exist")
    raise not_found(f"symbol not found: {symbol_or_id}")
