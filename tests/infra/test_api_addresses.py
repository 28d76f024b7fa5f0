"""Below a version everything is the API's: JSON, whatever the method, the host or the Accept."""

import json

import pytest

from trading.infra.wire import is_api_path

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"HTTP_ACCEPT": "text/html"},
    {"HTTP_HOST": "elsewhere.example", "HTTP_ORIGIN": "http://elsewhere.example"},
    {"HTTP_COOKIE": "sessionid=made-up; csrftoken=made-up", "CONTENT_TYPE": "text/plain"},
)
NOWHERE = ("/v2", "/v2/", "//v2/account", "/v2/nothing", "/v1beta3/crypto/us/bars", "/V2/x", "/v9")


@pytest.fixture
def ask(client):
    client.handler.enforce_csrf_checks = True

    def answered(method: str, path: str, **headers: str):
        answer = client.generic(method, f"http://testserver{path}", **headers)
        assert answer["Content-Type"] == "application/json", (method, path)
        return answer

    return answered


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("path", NOWHERE)
def test_an_address_that_leads_nowhere_is_404(ask, path, headers):
    for method in METHODS:
        answer = ask(method, path, **headers)
        assert answer.status_code == 404, method
        if method != "HEAD":
            found = json.loads(answer.content)
            assert found == {"code": 40410000, "message": "endpoint not found."}


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v2/orders", {"GET", "HEAD", "POST", "DELETE"}),
        ("/v2/account", {"GET", "HEAD"}),
        ("/v2/orders:preview", {"POST"}),
        ("/v2/clock", {"GET", "HEAD"}),
        ("/v2/stocks/IBM/bars", {"GET", "HEAD"}),
        ("/v1beta1/news", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_an_address_has_not_is_405_before_it_is_asked_who_asks(
    ask, path, allowed, headers
):
    for method in set(METHODS) - allowed:
        answer = ask(method, path, **headers)
        assert answer.status_code == 405, method
        assert set(answer["Allow"].split(", ")) == allowed
        if method != "HEAD":
            assert json.loads(answer.content)["code"] == 40500000


@pytest.mark.parametrize(
    ("path", "is_api"),
    [
        *((path, True) for path in NOWHERE),
        *(
            (path, False)
            for path in ("/", "/orders", "/web/instruments", "/v", "/view/2", "/av2/x")
        ),
    ],
)
def test_which_addresses_are_the_apis(path, is_api):
    assert is_api_path(path) is is_api


def test_a_page_keeps_its_host_check(client):
    answer = client.get("/login", HTTP_HOST="elsewhere.example")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")
