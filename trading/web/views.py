"""The trader's pages: each asks the apps for what it starts with and renders a template."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketdata import interface as marketdata
from marketdata.contracts import FeedKind, Instrument
from oms import interface as oms
from oms.contracts import AccountView
from trading.identity import interface as identity
from trading.kernel.clock import now_ns, utc_now
from trading.web.access import signed_in, trader_page
from trading.web.forms import NewKeyForm
from trading.web.instruments import asset

NS_PER_MS = 1_000_000
# With more there would be no room for rows of the trader's own: the page keeps 500 at most.
FOLLOWED_MAX = 300


def _frame(*, request: HttpRequest, page: str, account: AccountView) -> dict[str, object]:
    """Return what the top bar of every page shows."""
    user = signed_in(request)
    return {
        "page": page,
        "user_name": user.get_full_name() or user.username,
        "account_number": account.account_number,
        "feed_label": marketdata.feed_status().label,
    }


def _followed() -> list[Instrument]:
    """Return what a watchlist starts with: what the feed carries first, each part by symbol."""
    carried = set(marketdata.list_carried_symbols())
    followed = sorted(
        marketdata.list_followed_instruments(),
        key=lambda each: (each.symbol not in carried, each.symbol),
    )
    return followed[:FOLLOWED_MAX]


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - everybody's is the same
    """Lead whoever asks for the icon by its old name, as many programs do, to it."""
    return redirect(static("favicon.ico"))


@never_cache
@require_safe
@ensure_csrf_cookie  # the page's scripts send the token with every order
@trader_page
def dashboard(request: HttpRequest, *, account: AccountView) -> HttpResponse:
    frame = _frame(request=request, page="trade", account=account)
    feed = marketdata.feed_status()
    limits = oms.find_buy_limits(account_id=account.id, now=utc_now())
    boot = {
        "user": {"name": frame["user_name"], "username": signed_in(request).username},
        # The account's numbers arrive whole with the account socket's first message.
        "account": None,
        "feed": marketdata.feed_shape(),
        # Of a recording only what is in it has prices; null where any symbol may have some.
        "carried": marketdata.list_carried_symbols() if feed.kind is FeedKind.REPLAY else None,
        "followed": [asset(instrument) for instrument in _followed()],
        # So that the page can say the most that can be bought before it asks.
        "limits": None if limits is None else limits.to_json(),
        "server_time_ms": now_ns() // NS_PER_MS,
    }
    return render(request, "web/dashboard.html", frame | {"boot": boot})


@never_cache
@require_safe
@trader_page
def orders(request: HttpRequest, *, account: AccountView) -> HttpResponse:
    frame = _frame(request=request, page="orders", account=account)
    symbols = [instrument.symbol for instrument in _followed()]
    return render(request, "web/orders.html", frame | {"symbols": symbols})


@never_cache  # the answer to a POST holds a secret
@require_http_methods(["GET", "HEAD", "POST"])
@trader_page
def keys(request: HttpRequest, *, account: AccountView) -> HttpResponse:
    user = signed_in(request)
    form = NewKeyForm(request.POST if request.method == "POST" else None)
    new_key = None
    if request.method == "POST" and form.is_valid():
        label = form.cleaned_data["label"]
        key_id, secret = identity.create_api_key(user_id=user.user_id, label=label, now=utc_now())
        new_key = {"label": label, "key_id": key_id, "secret": secret}
        form = NewKeyForm()
    frame = _frame(request=request, page="keys", account=account)
    context = {
        "form": form,
        "new_key": new_key,
        "api_keys": identity.list_api_keys(user_id=user.user_id),
        "base_url": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "web/keys.html", frame | context)


@require_POST
@trader_page
def revoke_key(request: HttpRequest, *, account: AccountView, key_id: str) -> HttpResponse:  # noqa: ARG001 - every page is given it
    try:
        identity.revoke_api_key(user_id=signed_in(request).user_id, key_id=key_id, now=utc_now())
    except identity.ApiKeyNotFound as error:
        raise Http404(error.message) from error
    messages.success(request, "The key is revoked. Programs that use it are refused from now on.")
    return redirect("keys")
