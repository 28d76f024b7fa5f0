"""What every address of the data API has in common."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from marketdata.api.parameters import invalid
from trading.infra.parameters import NO_PARAMETERS, Parameters, query_of
from trading.infra.wire import MethodNotAllowed, WireError, malformed_parameter


class ReadEndpoint(APIView):
    """
    An address that is read. ``takes`` is the table of its query, and ``query`` what came of it.

    An unsupported method is answered with 405 before authentication.
    """

    http_method_names = ["get", "head"]
    takes: ClassVar[Parameters] = NO_PARAMETERS
    query: Mapping[str, str]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(self.allowed_methods)
        super().initial(request, *args, **kwargs)
        self.query = self.takes.read(query_of(request), wrong=self.wrong)

    def wrong(self, message: str) -> WireError:
        """Return what is answered to a wrong parameter."""
        return invalid(message)


class TradingEndpoint(ReadEndpoint):
    """One that the contract counts to the trading API, whose errors carry numbers."""

    def wrong(self, message: str) -> WireError:
        return malformed_parameter(message)
