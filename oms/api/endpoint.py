"""One address of the order API: which methods it has, who asks, and errors by name."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest, HttpResponse

from oms import interface as oms
from oms.api.errors import wire_error
from trading.identity.interface import Principal
from trading.identity.requests import authenticate
from trading.infra.database import in_thread
from trading.infra.lean import error_response
from trading.infra.parameters import NO_PARAMETERS, Parameters, query_of
from trading.infra.wire import MethodNotAllowed, WireError, forbidden, malformed_parameter
from trading.kernel.errors import TradingError

_accounts: dict[UUID, UUID] = {}  # user -> account; the pair never changes once it is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked, by whom, of which account. ``query`` holds the parameters that are taken."""

    request: HttpRequest
    principal: Principal
    account_id: UUID
    query: Mapping[str, str]


Handler = Callable[..., Coroutine[Any, Any, HttpResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """
    What serves one method of an address.

    ``fields`` are those of the contract's that the body may have, taken or refused by name.
    """

    handler: Handler
    parameters: Parameters = NO_PARAMETERS
    fields: frozenset[str] = frozenset()


class Endpoint:
    """An async view. ``methods`` are by name; who may do GET may do HEAD."""

    csrf_exempt = True  # ``authenticate`` checks the token of browsers

    def __init__(self, **methods: Method) -> None:
        self.methods: Mapping[str, Method] = methods
        self.allowed = [*methods, *(["HEAD"] if "GET" in methods else [])]
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest, **arguments: str) -> HttpResponse:
        try:
            return await self._answer(request, arguments)
        except WireError as error:
            return error_response(error)
        except TradingError as error:
            return error_response(wire_error(error))

    async def _answer(self, request: HttpRequest, arguments: Mapping[str, str]) -> HttpResponse:
        name = request.method or ""
        method = self.methods.get("GET" if name == "HEAD" else name)
        if method is None:
            raise MethodNotAllowed(self.allowed)
        principal = await authenticate(request)
        call = Call(
            request=request,
            principal=principal,
            account_id=await _account_of(principal),
            query=method.parameters.read(query_of(request), wrong=malformed_parameter),
        )
        return await method.handler(call, **arguments)


async def _account_of(principal: Principal) -> UUID:
    account_id = _accounts.get(principal.user_id)
    if account_id is None:
        account_id = await in_thread(oms.find_account_id, user_id=principal.user_id)
        if account_id is None:
            raise forbidden("account is not authorized to trade")
        _accounts[principal.user_id] = account_id
    return account_id
