"""What a page's scripts ask of halts: an answer in JSON, never a page."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from oms import interface as oms
from trading.web.access import signed_in, trader_data
from trading.web.instruments import symbols_in


@never_cache
@require_safe
@trader_data
def list_halts(request: HttpRequest) -> HttpResponse:
    """
    ``GET /web/halts?symbols=A,B``: what keeps the signed-in account from trading these now.

    Each is ``{symbol, words, refuses}``; a symbol of null stands for all of them.
    """
    account_id = oms.find_account_id(user_id=signed_in(request).user_id)
    assert account_id is not None  # trader_data lets nobody else through
    symbols = symbols_in(request.GET.dict())
    halts = oms.list_halts(account_id=account_id, symbols=symbols)
    return JsonResponse([halt.to_json() for halt in halts], safe=False)
