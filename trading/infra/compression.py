"""Compresses answers to browsers, where nobody can learn a secret from their length."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_TYPES = ("text/html", "application/json")
_API_KEY = "HTTP_APCA_API_KEY_ID"


class CompressForBrowsers(GZipMiddleware):
    """
    Django's own compression, for less than everything.

    Compressed, a page that repeats what a request brought beside something secret gives the secret
    away by its length, byte for byte (BREACH). So a page is left as it is if its request brought
    anything that it may repeat: a body, or a query. JSON is compressed when it answers a query too,
    not a body: it holds neither a CSRF token nor a key. Tokens in pages are masked anew in each
    answer, and Django adds a random length to each. Programs with an API key are answered as ever:
    they are mostly near, and wait for the answer. What is streamed is not compressed, whatever its
    type: Django makes a gzip file of each part, and browsers read the first of them only. Static
    files were compressed once, when they were collected.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not _may_be_compressed(request, response):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


def _may_be_compressed(request: HttpRequest, response: HttpResponseBase) -> bool:
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    is_page = kind == "text/html"
    return (
        request.method in {"GET", "HEAD"}
        and kind in _TYPES
        and not response.streaming
        and not (is_page and request.META.get("QUERY_STRING"))
        and _API_KEY not in request.META
    )
