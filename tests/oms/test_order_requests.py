"""What clients ask of the order API is taken, or refused by name; nothing is dropped unsaid."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest, QueryDict
from django.test import RequestFactory

from oms.api import order_list, requests
from oms.contracts import PlaceOrder
from trading.identity.interface import Principal, Role
from trading.infra.parameters import parameters
from trading.infra.wire import WireError, malformed_parameter
from trading.kernel.identifiers import new_id

PROGRAM = Principal(user_id=new_id(), username="alice", role=Role.TRADER, key_id="PK1")
BROWSER = Principal(user_id=new_id(), username="alice", role=Role.TRADER)
GOOD = {"symbol": "ibm", "qty": "1", "side": "buy", "type": "market", "time_in_force": "day"}


def command(**changes: object) -> PlaceOrder:
    body: Mapping[str, Any] = {**GOOD, **changes}
    symbol = requests.order_symbol(body)
    assert isinstance(symbol, str)
    return requests.place_order(body=body, symbol=symbol, account_id=new_id(), principal=PROGRAM)


def refusal(**changes: object) -> tuple[int | None, str]:
    with pytest.raises(WireError) as refused:
        command(**changes)
    assert refused.value.status == 422
    return refused.value.number, refused.value.message


# --- Orders ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", requests.UNSUPPORTED_FIELDS)
@pytest.mark.parametrize("value", ["1", 1, 0, False, {}, {"limit_price": "200"}, [{}]])
def test_what_an_order_cannot_do_yet_is_refused_by_name(name, value):
    assert refusal(**{name: value}) == (40010001, f"{name} is not supported yet")


@pytest.mark.parametrize("name", [*requests.UNSUPPORTED_FIELDS, "position_intent", "order_class"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_null_or_empty_asks_for_nothing(name, value):
    assert command(**{name: value}).qty == Decimal(1)


@pytest.mark.parametrize("zeros", [1, 8, 17, 50_000])
def test_zeros_that_pad_a_number_are_not_kept(zeros):
    pad = "0" * zeros
    made = command(qty=f"{pad}1.5{pad}", type="limit", limit_price=f"182.5{pad}")
    assert (made.qty, made.limit_price) == (Decimal("1.5"), Decimal("182.5"))
    assert made.limit_price is not None
    assert (str(made.qty), str(made.limit_price)) == ("1.5", "182.5")


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("order_class", [None, "", "simple"])
def test_no_order_loses_its_protection(side, order_class):
    legs = {"take_profit": {"limit_price": "200"}, "stop_loss": {"stop_price": "100"}}
    number, message = refusal(side=side, order_class=order_class, **legs)
    assert (number, message) == (40010001, "take_profit is not supported yet")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        *(("type", word) for word in ("stop", "stop_limit", "trailing_stop")),
        *(("time_in_force", word) for word in ("opg", "cls")),
        *(("order_class", word) for word in ("bracket", "oco", "oto", "mleg")),
    ],
)
def test_a_word_of_the_contract_is_not_supported_yet_and_no_other_is_valid(name, word):
    assert refusal(**{name: word}) == (40010001, f"{name} {word} is not supported yet")
    wrong = "invalid order type" if name == "type" else f"invalid {name}"
    assert refusal(**{name: f"{word}x"}) == (40010001, wrong)


@pytest.mark.parametrize(("side", "inferred"), [("buy", "buy_to_open"), ("sell", "sell_to_close")])
@pytest.mark.parametrize("intent", sorted(requests.INTENTS))
def test_a_position_intent_is_what_the_order_does(side, inferred, intent):
    if intent == inferred:
        assert command(side=side, position_intent=intent).side == side.upper()
        return
    message = f"position intent mismatch, inferred: {inferred}, specified: {intent}"
    assert refusal(side=side, position_intent=intent) == (42210000, message)


@pytest.mark.parametrize("intent", ["open", "BUY_TO_OPEN", 7, [], {}])
def test_a_position_intent_that_is_none_is_refused(intent):
    assert refusal(position_intent=intent) == (40010001, "invalid position_intent")


@pytest.mark.parametrize(
    "name",
    [
        "acc249dd-4c5b-5a9e-ab1f-bf52db1a00ae",
        "ACC249DD-4C5B-5A9E-AB1F-BF52DB1A00AE",
        "acc249dd4c5b5a9eab1fbf52db1a00ae",
    ],
)
def test_an_order_may_name_the_assets_id(name):
    assert requests.order_symbol({"symbol": name}) == UUID("acc249dd-4c5b-5a9e-ab1f-bf52db1a00ae")


# --- Bodies ---------------------------------------------------------------------------------------
TYPES = (
    *("", "application/json", "application/json; charset=utf-8", "text/plain"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense"),
)


def posted(content_type: str) -> HttpRequest:
    made: HttpRequest = RequestFactory().generic(
        "POST", "/v2/orders", data=json.dumps(GOOD), content_type=content_type
    )
    return made


@pytest.mark.parametrize("content_type", TYPES)
def test_a_program_may_call_its_json_what_it_likes(content_type):
    assert requests.read_json(posted(content_type), principal=PROGRAM) == GOOD


@pytest.mark.parametrize("content_type", TYPES)
def test_a_browser_may_not_send_what_a_strange_page_could(content_type):
    if content_type.partition(";")[0] in requests.JSON_TYPES:
        assert requests.read_json(posted(content_type), principal=BROWSER) == GOOD
        return
    with pytest.raises(WireError) as refused:
        requests.read_json(posted(content_type), principal=BROWSER)
    assert (refused.value.status, refused.value.number) == (415, 41510000)


# --- Queries --------------------------------------------------------------------------------------
def read(query: str) -> dict[str, Any] | None:
    wrong = malformed_parameter
    return order_list.read(order_list.PARAMETERS.read(QueryDict(query), wrong=wrong))


NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("before_order_id=17", "invalid before_order_id"),
        ("after_order_id=x", "invalid after_order_id"),
        (
            f"before_order_id={NOBODY}&after_order_id={NOBODY}",
            "only one of before_order_id and after_order_id is accepted",
        ),
        (
            f"before_order_id={NOBODY}&until=2026-01-01",
            "only one of before_order_id and until is accepted",
        ),
        ("asset_class=bonds", "invalid asset_class"),
        ("nested=perhaps", "invalid nested"),
        ("qty_above=1", "qty_above is not supported yet"),
        ("limit=%D9%A3", "limit must be between 1 and 500"),  # an Arabic three
        (f"limit={'9' * 5000}", "limit must be between 1 and 500"),
        ("limit=00", "limit must be between 1 and 500"),
        ("limit=1&limit=2", "invalid limit: given 2 times"),
        ("after=0000-00-00", "invalid after"),
        ("until=9999-12-31T23:59:59-14:00", "invalid until"),
        ("after=0001-01-01T00:00:00%2B14:00", "invalid after"),
        ("symbols=%00", "invalid symbols: it must be printable"),
    ],
)
def test_a_query_that_is_wrong_is_refused_by_name(query, message):
    with pytest.raises(WireError) as refused:
        read(query)
    assert (refused.value.status, refused.value.message) == (422, message)


@pytest.mark.parametrize("query", ["asset_class=crypto", "asset_class=crypto,us_option"])
def test_orders_of_another_class_are_none_of_ours(query):
    assert read(query) is None


def test_a_query_may_say_everything_that_it_may():
    words = "status=all&limit=007&direction=asc&nested=True&side=buy&asset_class=us_equity,crypto"
    found = read(f"{words}&symbols=ibm&symbols=BAC,ko&after=2026-01-01&until=&unknown=1")
    assert found is not None
    assert (found["limit"], found["symbols"], found["until"]) == (7, ["IBM", "BAC", "KO"], None)
    assert found["oldest_first"]


def test_a_table_takes_lists_in_parts_and_ignores_what_is_not_of_the_contract():
    table = parameters("a", lists=("b",), unsupported=("c",))
    query = QueryDict("a=1&b=1&b=2,3&c=&x=9&x=8")
    assert table.read(query, wrong=malformed_parameter) == {"a": "1", "b": "1,2,3"}
