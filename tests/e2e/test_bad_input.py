"""Bad input gets a named answer with the right status, and leaves nothing behind."""

import contextlib
import json
import socket
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.e2e import orders
from tests.e2e.platform import until

pytestmark = pytest.mark.e2e

NOBODY = "00000000-0000-0000-0000-000000000000"
MALFORMED = (400, 40010000, "request body format is invalid")
ENDPOINT_NOT_FOUND = (404, 40410000, "endpoint not found.")
UNAUTHORIZED = (401, None, "unauthorized.")
SUB_PENNY = "sub-penny increment does not fulfill minimum pricing criteria"


def said(answer):
    """Return an answer's status, code and message."""
    content = answer.json()
    return answer.status_code, content.get("code"), content["message"]


@pytest.fixture(scope="module")
def alice(platform):
    return platform.client("alice")


@pytest.fixture(scope="module")
def charlie(platform):
    return platform.client("charlie")


@pytest.fixture(scope="module")
def acknowledged():
    """The ids of the orders that were answered with 200; there must be no others in the end."""
    return set()


def placed(client, acknowledged, order):
    order_id = orders.place(client, order)["id"]
    acknowledged.add(order_id)
    return order_id


# --- Orders that are not well formed --------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"symbol": "NOSUCH"}, 42210000, 'asset "NOSUCH" not found'),
        ({"symbol": "TWTR"}, 42210000, 'asset "TWTR" is not tradable'),
        ({"symbol": None}, 40010001, "symbol is required"),
        ({"symbol": 5}, 40010001, "invalid symbol"),
        ({"qty": None}, 40010001, "qty or notional is required"),
        ({"qty": "-1"}, 40010001, "qty must be > 0"),
        ({"qty": "0"}, 40010001, "qty must be > 0"),
        ({"qty": 0}, 40010001, "qty must be > 0"),
        ({"qty": "-0"}, 40010001, "qty must be > 0"),
        ({"qty": "NaN"}, 40010001, "invalid qty"),
        ({"qty": "sNaN"}, 40010001, "invalid qty"),
        ({"qty": "Infinity"}, 40010001, "invalid qty"),
        ({"qty": "ten"}, 40010001, "invalid qty"),
        ({"qty": "0x10"}, 40010001, "invalid qty"),
        ({"qty": "1_000"}, 40010001, "invalid qty"),
        ({"qty": "\N{ARABIC-INDIC DIGIT ONE}"}, 40010001, "invalid qty"),
        ({"qty": True}, 40010001, "invalid qty"),
        ({"qty": [1]}, 40010001, "invalid qty"),
        ({"qty": "1e30"}, 40010001, "qty is too large"),
        ({"qty": 10**30}, 40010001, "qty is too large"),
        ({"qty": "1e999999999"}, 40010001, "qty is too large"),
        ({"qty": "1000000001"}, 40010001, "qty is too large"),
        ({"qty": "1.0000000001"}, 40010001, "qty has more than 9 decimals"),
        ({"qty": "1e-999999999"}, 40010001, "qty has more than 9 decimals"),
        ({"side": None}, 40010001, "invalid side"),
        ({"side": "hold"}, 40010001, "invalid side"),
        ({"side": {}}, 40010001, "invalid side"),
        ({"type": None}, 40010001, "invalid order type"),
        ({"type": "guess"}, 40010001, "invalid order type"),
        ({"type": "stop"}, 40010001, "type stop is not supported yet"),
        ({"time_in_force": "opg"}, 40010001, "time_in_force opg is not supported yet"),
        ({"order_class": "oco"}, 40010001, "order_class oco is not supported yet"),
        (
            {"take_profit": {"limit_price": "400"}},
            40010001,
            "take_profit is not supported yet",
        ),
        (
            {"position_intent": "sell_to_open"},
            42210000,
            "position intent mismatch, inferred: buy_to_open, specified: sell_to_open",
        ),
        ({"symbol": NOBODY}, 42210000, f'asset "{NOBODY}" not found'),
        ({"time_in_force": None}, 40010001, "invalid time_in_force"),
        ({"time_in_force": "forever"}, 40010001, "invalid time_in_force"),
        ({"type": "limit"}, 40010001, "limit orders require a limit price"),
        ({"limit_price": "200"}, 40010001, "market orders require no stop or limit price"),
        ({"type": "limit", "limit_price": "0"}, 40010001, "limit_price must be > 0"),
        ({"type": "limit", "limit_price": "-1"}, 40010001, "limit_price must be > 0"),
        ({"type": "limit", "limit_price": "NaN"}, 40010001, "invalid limit_price"),
        (
            {"type": "limit", "limit_price": "200.123"},
            42210000,
            f"invalid limit_price 200.123. {SUB_PENNY}",
        ),
        (
            {"type": "limit", "limit_price": "0.12345"},
            42210000,
            f"invalid limit_price 0.12345. {SUB_PENNY}",
        ),
        (
            {"qty": "0.5", "time_in_force": "gtc"},
            42210000,
            "fractional orders must be DAY orders",
        ),
        ({"extended_hours": "perhaps"}, 40010001, "invalid extended_hours"),
        ({"extended_hours": [True]}, 40010001, "invalid extended_hours"),
        (
            {"extended_hours": True},
            42210000,
            "extended hours order must be DAY or GTC limit orders",
        ),
        (
            {"client_order_id": "x" * 129},
            40010001,
            "client_order_id must be no more than 128 characters",
        ),
        ({"client_order_id": 7}, 40010001, "invalid client_order_id"),
        ({"client_order_id": "a\x00b"}, 40010001, "client_order_id must be printable"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_by_name(alice, change, code, message):
    answer = alice.post("/v2/orders", json=orders.body(**change))
    assert said(answer) == (422, code, message)


@pytest.mark.parametrize(
    "symbol", ["IB\x00M", "I" * 10_000, "IBM\n", "\N{CYRILLIC CAPITAL LETTER VE}AC"]
)
def test_a_symbol_that_cannot_be_one_is_refused(alice, symbol):
    answer = alice.post("/v2/orders", json=orders.body(symbol=symbol))
    assert answer.status_code == 422
    assert answer.json()["code"] in {42210000, 40010001}


@pytest.mark.parametrize("notional", ["50", 50, [50]])
def test_an_order_by_amount_is_refused_by_name(alice, notional):
    answer = alice.post("/v2/orders", json=orders.body(notional=notional))
    assert answer.status_code == 422
    assert answer.json()["code"] == 40010001


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"symbol": "IBM"',
        b"[]",
        b'"IBM"',
        b"null",
        b'{"qty": NaN}',
        b'{"qty": 1e}',
        b'{"symbol": "\xff\xfe"}',
        b'{"symbol": "\\ud800"}',
        b"[" * 20_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        json.dumps(orders.body()).encode("utf-16"),
    ],
    ids=lambda content: repr(content[:16]),
)
def test_a_body_that_is_not_a_json_object_is_refused(alice, content):
    answer = alice.post("/v2/orders", content=content, headers={"Content-Type": "application/json"})
    assert said(answer) == MALFORMED


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""]
)
def test_only_a_browser_has_to_say_that_it_sends_json(alice, platform, acknowledged, content_type):
    content, headers = json.dumps(orders.resting()), {"Content-Type": content_type}
    answer = alice.post("/v2/orders", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    acknowledged.add(answer.json()["id"])
    browser = platform.browser("bob")
    token = {"X-CSRFToken": browser.cookies["csrftoken"]}
    answer = browser.post("/v2/orders", content=content, headers={**headers, **token})
    if not content_type:
        assert answer.status_code == 200, answer.text
        acknowledged.add(answer.json()["id"])
        return
    if content_type.startswith("multipart"):  # no form, and no boundary that it would need
        assert said(answer) == MALFORMED
        return
    status, code, message = said(answer)
    assert (status, code) == (415, 41510000)
    assert content_type in message and "application/json" in message


def test_an_order_may_name_the_asset_by_its_id(alice, acknowledged):
    asset = alice.get("/v2/assets/IBM").json()
    for name in (asset["id"], asset["id"].upper()):
        order = orders.place(alice, orders.resting(symbol=name))
        acknowledged.add(order["id"])
        assert (order["symbol"], order["asset_id"]) == ("IBM", asset["id"])


def test_a_body_that_is_too_large_is_refused(alice):
    answer = alice.post("/v2/orders", json=orders.body(padding="x" * 100_000))
    status, code, message = said(answer)
    assert (status, code) == (413, 41300000)
    assert message == "request body is too large"


@pytest.mark.parametrize("path", ["/healthz", "/login", "/admin/login/", "/v2/clock", "/v2/orders"])
def test_a_body_without_an_end_is_refused_before_it_comes(platform, path):
    with socket.create_connection(("127.0.0.1", platform.port), timeout=60) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {1 << 42}\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))  # until it is closed
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"request body is too large" in answer


# --- Orders that risk refuses ---------------------------------------------------------------------


def test_more_than_the_cash_is_refused_with_every_violation(charlie):
    dear = orders.resting(qty="1300", time_in_force="day")  # 260,000 dollars
    answer = charlie.post("/v2/orders", json=dear)
    status, code, message = said(answer)
    assert (status, code) == (403, 40310000)
    assert "insufficient buying power" in message
    content = answer.json()
    assert {one["code"] for one in content["violations"]} == {"ORDER_VALUE", "BUYING_POWER"}
    assert all(one["measured"] and one["limit"] for one in content["violations"])
    assert (content["buying_power"], content["cost_basis"]) == ("100000", "260000")


def test_shares_that_are_not_held_cannot_be_sold(charlie):
    answer = charlie.post("/v2/orders", json=orders.body(side="sell", qty="2"))
    status, code, message = said(answer)
    assert (status, code) == (403, 40310000)
    assert message == "insufficient qty available for order (requested: 2, available: 0)"
    content = answer.json()
    assert (content["symbol"], content["available"], content["existing_qty"]) == ("IBM", "0", "0")


def test_a_bid_far_above_the_market_is_refused(charlie):
    answer = charlie.post("/v2/orders", json=orders.resting(limit_price="900.00"))
    assert answer.status_code == 403
    assert [one["code"] for one in answer.json()["violations"]] == ["PRICE_COLLAR"]


def test_a_refused_client_order_id_may_be_used_again(charlie, acknowledged):
    order = orders.resting(client_order_id="corrected", qty="600")
    assert charlie.post("/v2/orders", json=order).status_code == 403
    missing = charlie.get("/v2/orders:by_client_order_id", params={"client_order_id": "corrected"})
    assert missing.status_code == 404
    placed(charlie, acknowledged, {**order, "qty": "1"})


# --- Who asks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v2/account", "/v2/orders", "/v2/positions", "/v2/assets"])
def test_without_a_good_key_nobody_is_let_in(platform, path):
    stranger = platform.stranger()
    alice = platform.users()["alice"]
    bob = platform.users()["bob"]
    assert said(stranger.get(path)) == UNAUTHORIZED
    for key, secret in (
        ("PKNOBODY", alice["secret_key"]),
        (alice["api_key"], "wrong"),
        (alice["api_key"], ""),
        (alice["api_key"], bob["secret_key"]),
    ):
        keys = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
        assert said(stranger.get(path, headers=keys)) == UNAUTHORIZED


def test_an_order_without_a_good_key_is_not_placed(platform):
    stranger = platform.stranger()
    assert said(stranger.post("/v2/orders", json=orders.body())) == UNAUTHORIZED
    stranger.cookies.set("sessionid", "made-up")
    assert said(stranger.post("/v2/orders", json=orders.body())) == UNAUTHORIZED


def test_an_expired_session_is_not_let_in(platform):
    browser = platform.browser("bob")
    assert browser.get("/v2/account").status_code == 200
    with platform.database(role="openbell") as connection:
        connection.execute(
            "UPDATE django_session SET expire_date = now() - interval '1 minute' "
            "WHERE session_key = %s",
            [browser.cookies["sessionid"]],
        )
    assert said(browser.get("/v2/account")) == UNAUTHORIZED
    token = {"X-CSRFToken": browser.cookies["csrftoken"]}
    assert said(browser.post("/v2/orders", json=orders.body(), headers=token)) == UNAUTHORIZED


def test_a_browser_that_signed_out_is_not_let_in(platform):
    browser = platform.browser("bob")
    browser.post(
        "/logout",
        data={"csrfmiddlewaretoken": browser.cookies["csrftoken"]},
        headers={"Referer": platform.base_url},
    )
    assert said(browser.get("/v2/account")) == UNAUTHORIZED


def test_a_browsers_write_needs_its_csrf_token(platform, acknowledged):
    browser = platform.browser("bob")
    order = orders.resting()
    for headers in ({}, {"X-CSRFToken": "x" * 32}):
        answer = browser.post("/v2/orders", json=order, headers=headers)
        status, code, message = said(answer)
        assert (status, code) == (403, 40310000)
        assert message.startswith("CSRF check failed")
    token = {"X-CSRFToken": browser.cookies["csrftoken"]}
    elsewhere = {**token, "Origin": "https://elsewhere.example"}
    assert browser.post("/v2/orders", json=order, headers=elsewhere).status_code == 403
    answer = browser.post("/v2/orders", json=order, headers=token)
    assert answer.status_code == 200
    acknowledged.add(answer.json()["id"])
    order_id = answer.json()["id"]
    assert browser.delete(f"/v2/orders/{order_id}").status_code == 403
    assert browser.delete(f"/v2/orders/{order_id}", headers=token).status_code == 204


def test_somebody_without_an_account_cannot_trade(platform):
    officer = platform.browser("officer")
    token = {"X-CSRFToken": officer.cookies["csrftoken"]}
    answer = officer.post("/v2/orders", json=orders.body(), headers=token)
    assert said(answer) == (403, 40310000, "account is not authorized to trade")


def test_charlie_finds_nothing_of_alice(alice, charlie, acknowledged):
    order_id = placed(alice, acknowledged, orders.resting(client_order_id="of Alice"))
    not_found = (404, 40410000, f"order not found for {order_id}")
    assert said(charlie.get(f"/v2/orders/{order_id}")) == not_found
    assert said(charlie.get(f"/v2/orders/{order_id}:life")) == not_found
    assert said(charlie.delete(f"/v2/orders/{order_id}")) == not_found
    by_name = charlie.get("/v2/orders:by_client_order_id", params={"client_order_id": "of Alice"})
    assert said(by_name) == (404, 40410000, "order not found for of Alice")
    assert order_id not in [order["id"] for order in orders.list_all(charlie)]
    assert order_id not in [item["id"] for item in charlie.delete("/v2/orders").json()]
    assert orders.get(alice, order_id)["status"] == "new"


# --- Twice ----------------------------------------------------------------------------------------


def test_a_client_order_id_names_one_order_for_ever(alice, acknowledged):
    order = orders.resting(client_order_id="for ever")
    order_id = placed(alice, acknowledged, order)
    again = alice.post("/v2/orders", json=order)
    assert said(again) == (422, 42210000, "client_order_id must be unique")
    assert again.json()["existing_order_id"] == order_id
    assert alice.delete(f"/v2/orders/{order_id}").status_code == 204
    again = alice.post("/v2/orders", json=orders.body(client_order_id="for ever"))
    assert said(again) == (422, 40010001, "client_order_id must be unique")
    assert again.json()["existing_order_id"] == order_id


def test_a_client_order_id_is_each_accounts_own(alice, charlie, acknowledged):
    order = orders.resting(client_order_id="shared")
    assert placed(alice, acknowledged, order) != placed(charlie, acknowledged, order)


@pytest.mark.parametrize("order", [orders.resting(), orders.body(qty="0.5")])
def test_twenty_at_once_with_one_client_order_id_place_one_order(alice, acknowledged, order):
    name = f"twenty {order['type']}s"
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(
                lambda _: alice.post("/v2/orders", json={**order, "client_order_id": name}),
                range(20),
            )
        )
    (first,) = [answer.json()["id"] for answer in answers if answer.status_code == 200]
    acknowledged.add(first)
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in refused} == {422}
    assert {answer.json()["code"] for answer in refused} <= {42210000, 40010001}
    assert {answer.json()["existing_order_id"] for answer in refused} == {first}
    named = [one for one in orders.list_all(alice) if one["client_order_id"] == name]
    assert [one["id"] for one in named] == [first]


# --- Addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", f"/v2/orders/{NOBODY}", (404, 40410000, f"order not found for {NOBODY}")),
        ("DELETE", f"/v2/orders/{NOBODY}", (404, 40410000, f"order not found for {NOBODY}")),
        ("GET", "/v2/orders/17", (422, 40010001, "order_id is missing")),
        ("DELETE", "/v2/orders/17", (422, 40010001, "order_id is missing")),
        (
            "GET",
            "/v2/orders:by_client_order_id",
            (422, 40010001, "client_order_id is missing"),
        ),
        ("GET", "/v2/orders?status=some", (422, 40010001, "invalid status")),
        ("GET", "/v2/orders?direction=up", (422, 40010001, "invalid direction")),
        ("GET", "/v2/orders?side=hold", (422, 40010001, "invalid side")),
        ("GET", "/v2/orders?after=yesterday", (422, 40010001, "invalid after")),
        ("GET", "/v2/orders?limit=0", (422, 40010001, "limit must be between 1 and 500")),
        ("GET", "/v2/orders?limit=501", (422, 40010001, "limit must be between 1 and 500")),
        ("GET", "/v2/positions/IBMX", (404, 40410000, "symbol not found: IBMX")),
        ("GET", "/v2/positions/DIS", (404, 40410000, "position does not exist")),
        ("GET", "/v2/assets/NOSUCH", (404, 40410000, "asset not found for NOSUCH")),
        ("GET", "/v2/nothing", ENDPOINT_NOT_FOUND),
        ("GET", "/v3/nothing", ENDPOINT_NOT_FOUND),
        ("GET", "/v2/accounts", ENDPOINT_NOT_FOUND),
        ("GET", "/v2/orders/", ENDPOINT_NOT_FOUND),
        ("POST", "/v2/orders/a/b", ENDPOINT_NOT_FOUND),
    ],
)
def test_an_address_that_leads_nowhere_says_so(charlie, method, path, expected):
    assert said(charlie.request(method, path)) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/v2/orders/%00",
        "/v2/orders:by_client_order_id?client_order_id=%00",
        "/v2/orders?symbols=%00",
        "/v2/positions/%00",
        "/v2/assets/%00",
        "/v2/stocks/%00/bars",
        "/v2/stocks/%00/quotes/latest",
    ],
)
def test_a_nul_character_is_an_ordinary_wrong_name(charlie, path):
    answer = charlie.get(path)
    assert answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v2/orders"),
        ("POST", "/v2/account"),
        ("DELETE", "/v2/account"),
        ("POST", "/v2/positions"),
        ("POST", "/v2/clock"),
        ("DELETE", "/v2/assets"),
        ("POST", f"/v2/orders/{NOBODY}"),
    ],
)
def test_a_method_that_is_not_served_is_refused(charlie, method, path):
    answer = charlie.request(method, path)
    assert answer.status_code == 405
    assert answer.json()["code"] == 40500000


@pytest.mark.parametrize("path", ["/v2/account", "/v2/orders", "/v2/positions"])
def test_a_head_is_answered_like_a_get_without_its_body(charlie, path):
    answer = charlie.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


# --- Sockets --------------------------------------------------------------------------------------

A_FRAME_TOO_LARGE = "[" + ",".join(["{}"] * 100_000) + "]"


def socket_of(platform, path, **headers):
    address = platform.base_url.replace("http", "ws") + path
    return connect(address, additional_headers=headers, max_size=None, compression=None)


def browsers_socket(platform, path):
    cookies = "; ".join(f"{name}={text}" for name, text in platform.browser("bob").cookies.items())
    return socket_of(platform, path, Cookie=cookies, Origin=platform.base_url)


def test_a_strangers_frame_that_is_too_large_closes_the_stream(platform):
    with socket_of(platform, "/v2/iex") as stream:
        assert json.loads(stream.recv()) == [{"T": "success", "msg": "connected"}]
        stream.send(A_FRAME_TOO_LARGE)
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=30)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


@pytest.mark.parametrize("path", ["/ws/quotes", "/ws/account"])
def test_a_browsers_frame_that_is_too_large_closes_its_socket(platform, path):
    with browsers_socket(platform, path) as opened:
        opened.send(A_FRAME_TOO_LARGE)
        with contextlib.suppress(ConnectionClosed):
            deque(opened, maxlen=0)  # until it is closed
        assert opened.close_code == 1009


@pytest.mark.parametrize(
    ("path", "code"), [("/ws/quotes", "MALFORMED_REQUEST"), ("/ws/account", "TOO_LONG")]
)
def test_a_browsers_message_that_is_too_long_is_refused_by_name(platform, path, code):
    with browsers_socket(platform, path) as opened:
        opened.send(A_FRAME_TOO_LARGE[:40_000])
        frames = (json.loads(opened.recv(timeout=30)) for _ in range(1_000))
        refused = next(frame for frame in frames if frame["type"] == "error")
        assert refused["code"] == code
        assert "longer than" in refused["message"]


def test_as_many_symbols_as_a_market_has_fit_in_one_message(platform):
    alice = platform.users()["alice"]
    with socket_of(platform, "/v2/iex") as stream:
        stream.recv()
        keys = {"key": alice["api_key"], "secret": alice["secret_key"]}
        stream.send(json.dumps({"action": "auth", **keys}))
        assert json.loads(stream.recv()) == [{"T": "success", "msg": "authenticated"}]
        unknown = [f"Q{n}" for n in range(24_999)]
        stream.send(json.dumps({"action": "subscribe", "trades": ["IBM", *unknown]}))
        (told,) = json.loads(stream.recv(timeout=60))
        assert told["code"] == 410
        (answer,) = json.loads(stream.recv(timeout=60))
        assert answer["trades"] == ["IBM"]


# --- Afterwards -----------------------------------------------------------------------------------


def test_nothing_of_this_left_an_order_or_a_crack_in_the_books(platform, acknowledged):
    clients = [platform.client(name) for name in ("alice", "bob", "charlie")]
    until(
        lambda: all(client.get("/readyz").status_code == 200 for client in clients),
        what="the platform to be ready still",
    )
    found = {order["id"] for client in clients for order in orders.list_all(client)}
    assert found == acknowledged
    platform.require_true_books()
