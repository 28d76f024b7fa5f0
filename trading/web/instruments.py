"""What the pages' scripts ask of the security master: answers in JSON, never a page."""

import re
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from marketdata import interface as marketdata
from marketdata.contracts import Instrument
from trading.infra.wire import malformed_parameter
from trading.web.access import trader_data

MATCHES_MAX = 12
QUERY_LENGTH_MAX = 200  # no name is longer
SYMBOLS_MAX = 500  # no watchlist is longer
_SYMBOL = re.compile(r"[A-Z0-9./-]{1,16}")


def asset(instrument: Instrument) -> dict[str, object]:
    """Return an instrument as ``/v2/assets`` tells it, as far as the pages need that."""
    return {
        "symbol": instrument.symbol,
        "name": instrument.name,
        "exchange": instrument.exchange,
        "status": instrument.status,
        "tradable": instrument.tradable,
        "shortable": instrument.shortable,
        "fractionable": instrument.fractionable,
    }


@never_cache
@require_safe
@trader_data
def list_instruments(request: HttpRequest) -> HttpResponse:
    """
    ``GET /web/instruments?query=``: what is traded here and matches, at most 12, the best first.

    ``?symbols=A,B`` tells of exactly these, by symbol, traded or not; unknown ones are left out.
    """
    wanted = request.GET.dict()
    if "symbols" in wanted:
        if wanted.get("query"):
            raise malformed_parameter("send query or symbols, not both")
        found = marketdata.list_instruments(symbols=symbols_in(wanted))
    else:
        found = marketdata.search_instruments(query=_query(wanted), limit=MATCHES_MAX)
    return JsonResponse([asset(instrument) for instrument in found], safe=False)


def _query(wanted: Mapping[str, str]) -> str:
    """:raises WireError: 422 if it is longer than a name or holds what cannot be printed"""
    words = " ".join(wanted.get("query", "").split())
    if len(words) > QUERY_LENGTH_MAX:
        raise malformed_parameter(f"query must be no more than {QUERY_LENGTH_MAX} characters")
    if not words.isprintable():
        raise malformed_parameter("query must be printable")
    return words


def symbols_in(wanted: Mapping[str, str]) -> set[str]:
    """
    Return the symbols that ``?symbols=A,B`` names.

    :raises WireError: 422 if there are none, too many, or one that cannot be a symbol
    """
    words = [word.strip().upper() for word in wanted.get("symbols", "").split(",")]
    symbols = {word for word in words if word}
    if not symbols:
        raise malformed_parameter("symbols is required")
    if len(symbols) > SYMBOLS_MAX:
        raise malformed_parameter(f"symbols must be no more than {SYMBOLS_MAX}")
    if not all(_SYMBOL.fullmatch(symbol) for symbol in symbols):
        raise malformed_parameter("invalid symbols")
    return symbols
