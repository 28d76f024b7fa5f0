"""
Whatever is asked of the API, by whatever method, it answers in JSON and never breaks.

What is tried comes out of the URL table and the tables of parameters, so a new endpoint is tried by
itself.
"""

import json
from itertools import product
from urllib.parse import quote

import httpx
import pytest

from tests.e2e import orders
from tests.e2e.addresses import ARGUMENTS, Address, list_addresses

pytestmark = pytest.mark.e2e

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Accept": "text/html"},
    {"Host": "elsewhere.example"},
    {"Accept": "text/html;q=1.0, image/png", "Host": "elsewhere.example:99", "Origin": "http://a"},
    {"Cookie": "sessionid=made-up; csrftoken=made-up", "Content-Type": "text/plain"},
)
NOWHERE = (
    *("/v1", "/v2", "/v2/", "/v3", "/V2", "/v1beta1/", "/v1beta2", "/v1beta3", "/v2alpha1"),
    *("/v2/nothing", "/v2/stocks", "/v2/stocks/IBM", "/v2/orders/", "/v2/orders/a/b", "/v2/iex/"),
    *("/v1beta3/crypto/us/bars", "/v2/account/activities", "/v2/watchlists", "/v3/clock"),
    *("//v2", "//v2/account", "///v2/orders", "/v2//orders", "/v2/%00", "/v2/<script>"),
    "/v2/" + "x" * 5_000,
)
EXTREME = (
    *("0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-14:00", "1677-09-20", "2262-04-12", "2026-02-30", "2026-01-01bogus"),
    *("0", "-1", "10000", "9" * 30, "9" * 5_000, "1e400", "NaN", "inf", "true"),
    *(" ", ",,", "%", "fDEwMA==", "a\x00b", "x" * 3_000, "١٢٣", "²", "💥", "\n", "IBM"),
    *("12Month", "sma2147483647", "00000000-0000-0000-0000-000000000000"),
)
MOMENTS = (*EXTREME[:7], "1969-12-31")
IN_JSON: tuple[object, ...] = (
    *(None, True, 0, -1, 10**30, 1.5, 1e308, "", "x" * 3_000, "\x00", "١٢٣", "NaN"),
    *([], {}, [[]], {"limit_price": "1"}, "1e999999999", "1e-999999999"),
)
RAW = ("NaN", "-Infinity", "1e99999999999999999999", "1e400", "9" * 5_000, '"\\ud800"')


@pytest.fixture(scope="module")
def alice(platform):
    return platform.client("alice")


def require_json(answer: httpx.Response, *, method: str = "GET") -> None:
    assert answer.status_code < 500, (answer.request.url, answer.text[:200])
    assert answer.headers["Content-Type"].startswith("application/json"), answer.request.url
    if method == "HEAD" or answer.status_code == 204:
        assert not answer.content
        return
    content = answer.json()
    if answer.status_code >= 400:
        assert isinstance(content["message"], str) and content["message"], answer.request.url
        assert isinstance(content.get("code", 0), int), (answer.request.url, content)


@pytest.mark.parametrize("address", list_addresses(), ids=lambda address: address.template)
def test_a_method_that_an_address_has_not_is_405_and_says_which_it_has(alice, platform, address):
    tried = [(alice, headers) for headers in HEADERS] + [(platform.stranger(), HEADERS[-1])]
    for method, (client, headers) in product(set(METHODS) - set(address.methods), tried):
        answer = client.request(method, address.path, headers=headers)
        require_json(answer, method=method)
        assert answer.status_code == 405, (method, answer.text)
        assert set(answer.headers["Allow"].split(", ")) == set(address.methods)


@pytest.mark.parametrize("headers", HEADERS)
def test_an_address_that_leads_nowhere_is_404_whatever_the_method(alice, platform, headers):
    clients = (alice, platform.stranger())
    for number, (path, method) in enumerate(product(NOWHERE, METHODS)):
        answer = clients[number % 2].request(method, platform.base_url + path, headers=headers)
        if answer.status_code == 401:  # an address with a pattern: who asks comes first
            continue
        require_json(answer, method=method)
        assert answer.status_code in {404, 405}, (method, path, answer.status_code)


@pytest.mark.parametrize("headers", HEADERS[:-1])
def test_no_header_keeps_a_client_from_its_answer(alice, headers):
    for address in list_addresses():
        if "GET" in address.methods:
            plain = alice.get(address.path)
            answer = alice.get(address.path, headers=headers)
            require_json(answer)
            assert answer.status_code == plain.status_code, address.path


def good_query(address: Address) -> dict[str, str]:
    """Return what an address cannot do without, so that the tried parameter is looked at."""
    good = {"symbols": "IBM", "names": "sma20,vwap", "tape": "A", "timeframe": "1Day"}
    parameters, _ = address.methods["GET"]
    return {name: value for name, value in good.items() if name in parameters}


@pytest.mark.parametrize(
    "address",
    [address for address in list_addresses() if "GET" in address.methods],
    ids=lambda address: address.template,
)
def test_no_parameter_breaks_an_address(alice, address):
    parameters, _ = address.methods["GET"]
    good = good_query(address)
    require_json(alice.get(address.path, params=good))
    for name, value in product(sorted(parameters), EXTREME):
        require_json(alice.get(address.path, params={**good, name: value}))
    for name in parameters:  # given twice
        require_json(alice.get(address.path, params=[*good.items(), (name, "1"), (name, "2")]))
    for argument, value in product(address.arguments, EXTREME):
        path = address.filled(**{**ARGUMENTS, argument: quote(value, safe="")})
        require_json(alice.get(path, params=good))
    require_json(alice.get(address.path, params=[(f"p{n}", "1") for n in range(2_000)]))


def test_every_span_of_extreme_moments_is_answered(alice):
    spans = list(product(MOMENTS, MOMENTS))
    for address in list_addresses():
        if "start" in address.methods.get("GET", [()])[0]:
            for start, end in spans:
                params = {**good_query(address), "start": start, "end": end}
                require_json(alice.get(address.path, params=params))
    for timeframe, end in product(("1Min", "23Hour", "1Day", "12Month"), MOMENTS):
        params = {"names": "sma20,vwap,obv", "timeframe": timeframe, "end": end, "limit": "10000"}
        require_json(alice.get("/v2/stocks/IBM/indicators", params=params))


@pytest.mark.parametrize(
    ("address", "method"),
    [
        (address, method)
        for address in list_addresses()
        for method, (_, fields) in address.methods.items()
        if fields
    ],
    ids=lambda value: getattr(value, "template", value),
)
def test_no_field_of_a_body_breaks_an_address(alice, address, method):
    _, fields = address.methods[method]
    good = orders.body(qty="1000000000")  # more than anybody can pay for
    for name, value in product(sorted(fields), IN_JSON):
        require_json(alice.request(method, address.path, json={**good, name: value}))
    for name, raw in product(sorted(fields), RAW):
        rest = {key: value for key, value in good.items() if key != name}
        content = json.dumps(rest)[:-1] + f', "{name}": {raw}}}'
        require_json(alice.request(method, address.path, content=content))
