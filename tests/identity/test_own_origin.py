"""A page of another program, on another port of the same host too, opens no socket of ours."""

import pytest

from trading.identity.own_origin import is_own

HERE = "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        (f"http://{HERE}", HERE, "ws"),
        ("http://localhost:8000", "localhost:8000", "ws"),
        ("http://localhost", "localhost", "ws"),
        ("http://localhost:80", "localhost", "ws"),
        ("https://localhost", "localhost:443", "wss"),
        ("http://[::1]:8000", "[::1]:8000", "ws"),
    ],
)
def test_a_page_of_ours_opens_a_socket(origin, host, scheme):
    assert is_own(origin=origin, host=host, scheme=scheme)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://127.0.0.1:9999",
        "http://127.0.0.1",
        "http://localhost:8000",
        f"https://{HERE}",
        f"http://{HERE}.evil.example",
        "http://127.0.0.1:8000@evil.example",
        "http://evil.example:8000",
        "http://127.0.0.1:port",
        "file://",
    ],
)
def test_a_page_of_somebody_else_does_not(origin):
    assert not is_own(origin=origin, host=HERE, scheme="ws")


def test_a_host_that_is_not_served_is_nobodys():
    assert not is_own(origin="http://evil.example", host="evil.example", scheme="ws")


def test_an_origin_that_forms_are_taken_from_opens_a_socket(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://trade.example"]
    assert is_own(origin="https://trade.example", host=HERE, scheme="ws")
