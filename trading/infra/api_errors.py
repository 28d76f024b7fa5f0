"""What goes wrong around a view: JSON at the API's addresses, a page everywhere else."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from trading.infra.wire import (
    WireError,
    forbidden,
    internal_error,
    is_api_path,
    malformed_body,
    not_found,
)


@csrf_exempt  # whatever the method, the answer is that there is nothing here
def unknown_endpoint(request: HttpRequest) -> HttpResponse:
    """What the API says to an address it does not have."""
    del request
    return _answer(not_found("endpoint not found."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api_path(request.path_info):
        return _answer(malformed_body())
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api_path(request.path_info):
        return _answer(forbidden("forbidden."))
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api_path(request.path_info):
        return _answer(not_found("endpoint not found."))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api_path(request.path_info):
        return _answer(internal_error())
    return defaults.server_error(request)


def _answer(error: WireError) -> HttpResponse:
    return JsonResponse(error.body(), status=error.status)
