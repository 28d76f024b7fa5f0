"""The content security policy of the admin, which its theme needs wider than the rest."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


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
