"""Guards of the pages: whose host they are asked by, and the admin's content security policy."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

from trading.infra.wire import is_api_path


class PageCommonMiddleware(CommonMiddleware):
    """
    Django's own, for the pages.

    The API answers under any host name: it builds no address from it, and clients reach it through
    proxies and tunnels that we cannot know.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if is_api_path(request.path_info):
            return None
        return super().process_request(request)


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
