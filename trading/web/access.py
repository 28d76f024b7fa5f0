"""Who may see the trader's pages."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from oms import interface as oms
from trading.identity.models import User

Page = Callable[..., HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """Return the user of a request that ``trader_page`` let through."""
    assert isinstance(request.user, User)
    return request.user


def trader_page(page: Page) -> Page:
    """
    Call ``page(request, account=...)`` for whoever has a trading account.

    Staff without one belong on the admin site; anybody else is told that no account was opened.
    """

    @login_required
    @wraps(page)
    def guarded(request: HttpRequest, **captured: str) -> HttpResponse:
        user = signed_in(request)
        account_id = oms.find_account_id(user_id=user.user_id)
        if account_id is not None:
            account = oms.get_account(account_id=account_id)
            return page(request, account=account, **captured)
        if user.is_staff:
            return redirect("admin:index")
        return render(request, "web/no_account.html", status=403)

    return guarded
