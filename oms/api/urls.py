"""The addresses of the order API, with and without an encoded colon, and what each takes."""

from django.urls import re_path

from oms.api import endpoints as api, order_list
from oms.api.endpoint import Endpoint, Method
from oms.api.requests import ORDER_FIELDS
from trading.infra.parameters import parameters

_cancel_all = Method(handler=api.cancel_all_orders)
_cancel = Method(handler=api.cancel_order)
_place = Method(handler=api.place_order, fields=ORDER_FIELDS)
_preview = Method(handler=api.preview_order, fields=ORDER_FIELDS)
_list = Method(handler=api.list_orders, parameters=order_list.PARAMETERS)
_history = Method(handler=api.list_history, parameters=order_list.PARAMETERS)
_get = Method(handler=api.get_order, parameters=order_list.NESTED)
_get_by_client_id = Method(
    handler=api.get_order_by_client_id, parameters=parameters("client_order_id")
)

urlpatterns = [
    re_path(r"^v2/account$", Endpoint(GET=Method(handler=api.get_account))),
    re_path(r"^v2/positions$", Endpoint(GET=Method(handler=api.list_positions))),
    # A class share may be spelled with a slash.
    re_path(
        r"^v2/positions/(?P<symbol_or_id>[^/]+(?:/[^/]+)?)$",
        Endpoint(GET=Method(handler=api.get_position)),
    ),
    re_path(r"^v2/orders$", Endpoint(GET=_list, POST=_place, DELETE=_cancel_all)),
    re_path(r"^v2/orders:by_client_order_id$", Endpoint(GET=_get_by_client_id)),
    re_path(r"^v2/orders:history$", Endpoint(GET=_history)),
    re_path(r"^v2/orders:preview$", Endpoint(POST=_preview)),
    re_path(
        r"^v2/orders/(?P<order_id>[^/:]+):life$", Endpoint(GET=Method(handler=api.get_order_life))
    ),
    re_path(r"^v2/orders/(?P<order_id>[^/:]+)$", Endpoint(GET=_get, DELETE=_cancel)),
]
