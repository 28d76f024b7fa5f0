"""The addresses of the order endpoints, with and without an encoded colon."""

from django.urls import re_path

from oms.api import endpoints as api

urlpatterns = [
    re_path(r"^v2/account$", api.endpoint(GET=api.get_account)),
    re_path(r"^v2/positions$", api.endpoint(GET=api.list_positions)),
    re_path(r"^v2/positions/(?P<symbol_or_id>[^/]+)$", api.endpoint(GET=api.get_position)),
    re_path(
        r"^v2/orders$",
        api.endpoint(GET=api.list_orders, POST=api.place_order, DELETE=api.cancel_all_orders),
    ),
    re_path(r"^v2/orders:by_client_order_id$", api.endpoint(GET=api.get_order_by_client_id)),
    re_path(r"^v2/orders:preview$", api.endpoint(POST=api.preview_order)),
    re_path(r"^v2/orders/(?P<order_id>[^/:]+):life$", api.endpoint(GET=api.get_order_life)),
    re_path(
        r"^v2/orders/(?P<order_id>[^/:]+)$",
        api.endpoint(GET=api.get_order, DELETE=api.cancel_order),
    ),
]
