"""Every address of the platform."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path, re_path

from trading import health
from trading.infra.wire import not_found


def unknown_endpoint(request: HttpRequest) -> HttpResponse:
    """What the API says to an address it does not have: JSON, never a page."""
    del request
    return JsonResponse(not_found("endpoint not found.").body(), status=404)


urlpatterns = [
    path("healthz", health.live),
    path("readyz", health.ready),
    path("admin/", admin.site.urls),
    path("", include("oms.api.urls")),
    path("", include("marketdata.api.urls")),
    re_path(r"^(?:v1|v2|v3|v1beta1)/", unknown_endpoint),
    path("", include("trading.web.urls")),
]
