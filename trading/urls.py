"""Every address of the platform."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from trading import health
from trading.infra import api_errors
from trading.infra.wire import API_PREFIX

urlpatterns = [
    path("healthz", health.live),
    path("readyz", health.ready),
    # One page changes passwords: there it is recorded, and the present one is asked for with care.
    path("admin/password_change/", RedirectView.as_view(pattern_name="password")),
    path("admin/", admin.site.urls),
    path("", include("oms.api.urls")),
    path("", include("marketdata.api.urls")),
    # Whatever else a client may take for the API's: /v2, //v2/account, /v1beta3/crypto/us/bars ...
    re_path(API_PREFIX, api_errors.unknown_endpoint),
    path("", include("trading.web.urls")),
]

handler400 = api_errors.bad_request
handler403 = api_errors.permission_denied
handler404 = api_errors.page_not_found
handler500 = api_errors.server_error
