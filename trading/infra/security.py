"""Guards of the pages: what they are asked, by whose host, and the admin's policy for content."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect, QueryDict
from django.middleware.common import CommonMiddleware

from trading.infra.wire import is_api_path

# What pages' scripts ask is refused in JSON, in the words of whoever answers it.
_FOR_SCRIPTS = "/web/"


class PageCommonMiddleware(CommonMiddleware):
    """
    Django's own, for the pages; none of them is asked with a NUL character.

    The API answers under any host name: it builds no address from it, and clients reach it through
    proxies and tunnels that we cannot know.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if is_api_path(request.path_info):
            return None
        if not request.path_info.startswith(_FOR_SCRIPTS):
            _require_no_nul(request)
        return super().process_request(request)


def _require_no_nul(request: HttpRequest) -> None:
    """
    Refuse what nobody can type and PostgreSQL takes nowhere, before a page looks for it.

    :raises BadRequest: if path, query or form hold a NUL character
    """
    if "\0" in request.path_info or _holds_nul(request.GET) or _holds_nul(request.POST):
        raise BadRequest("a NUL character")


def _holds_nul(query: QueryDict) -> bool:
    return any("\0" in text for name, texts in query.lists() for text in (name, *texts))


class AdminPolicyMiddleware:
    """Replace the site's policy on ``/admin``; stands inside django-csp's own middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith("/admin"):
            # What django-csp's ``csp_replace`` decorator sets on a view's response.
            response._csp_replace = settings.ADMIN_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]  # noqa: SLF001
        return response
