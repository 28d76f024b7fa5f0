"""API keys for Django REST framework's views."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from trading.identity.interface import Principal, authenticate_api_key
from trading.identity.models import User

KEY_HEADER = "APCA-API-KEY-ID"
SECRET_HEADER = "APCA-API-SECRET-KEY"  # noqa: S105 - a header's name


class ApiKeyAuthentication(BaseAuthentication):
    """The two headers that every Alpaca SDK sends."""

    def authenticate(self, request: Request) -> tuple[User, Principal] | None:
        key_id = request.headers.get(KEY_HEADER)
        if key_id is None:
            return None
        secret = request.headers.get(SECRET_HEADER, "")
        principal = authenticate_api_key(key_id=key_id, secret=secret)
        if principal is None:
            raise AuthenticationFailed("unauthorized.")
        return User.objects.get(id=principal.user_id), principal

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        return KEY_HEADER
