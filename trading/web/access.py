"""Who may see the trader's pages, and what their scripts ask for."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from oms import interface as oms
from trading.identity.models import User
from trading.infra.wire import WireError, forbidden, unauthorized

Page = Callable[..., HttpResponseBase]


def signed_in(request: HttpRequest) -> User:
    """Return the user of a request that ``trader_page`` let through."""
    assert isinstance(request.user, User)
    return request.user


def registration_offer() -> dict[str, object]:
    """Return what the firm lets visitors open by themselves, for the pages that offer it."""
    return {
        "may_register": settings.REGISTRATION,
        "account_types": settings.REGISTRATION_ACCOUNT_TYPES,
        "opening_cash": f"{settings.REGISTRATION_CASH:,.2f}",
    }


def trader_page(page: Page) -> Page:
    """
    Call ``page(request, account=...)`` for whoever has a trading account.

    Staff without one belong on the admin site; anybody else is told that no account was opened.
    """

    @login_required
    @wraps(page)
    def guarded(request: HttpRequest, **captured: str) -> HttpResponseBase:
        user = signed_in(request)
        account_id = oms.find_account_id(user_id=user.user_id)
        if account_id is not None:
            account = oms.get_account(account_id=account_id)
            return page(request, account=account, **captured)
        if user.is_staff:
            return redirect("admin:index")
        return render(request, "web/no_account.html", registration_offer(), status=403)

    return guarded


def trader_data(answer: Page) -> Page:
    """
    Call ``answer(request)`` for whoever has a trading account.

    Everybody else is refused, and every ``WireError`` is answered, in the API's words: a script
    cannot read a page.
    """

    @wraps(answer)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        try:
            _require_trader(request)
            return answer(request)
        except WireError as error:
            return JsonResponse(error.body(), status=error.status)

    return guarded


def _require_trader(request: HttpRequest) -> None:
    """:raises WireError: 401 if nobody is signed in, 403 if it is somebody without an account"""
    if not request.user.is_authenticated:
        raise unauthorized()
    if oms.find_account_id(user_id=signed_in(request).user_id) is None:
        raise forbidden("account is not authorized to trade")
