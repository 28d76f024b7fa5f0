"""The database goes away under the running platform: nobody is told yes, and nothing is lost."""

import pytest

from tests.e2e import orders
from tests.e2e.platform import Platform

pytestmark = pytest.mark.e2e

# 503: nothing was done, try again later. 504: nobody knows, ask by client order id.
HONEST = frozenset({503, 504})


def test_orders_are_not_taken_and_the_reason_is_named_until_it_is_back():
    with Platform() as platform:
        platform.start()
        alice = platform.client("alice")
        alice.timeout = 180
        bought = orders.place(alice, orders.body(qty="2"))
        orders.await_status(alice, bought["id"], "filled")
        before = orders.cash(alice)
        platform.kill_database()

        answer = alice.post("/v2/orders", json=orders.body(client_order_id="lost"))
        assert answer.status_code in HONEST, answer.text
        assert answer.json()["code"] // 100_000 == answer.status_code
        assert alice.get("/v2/account").status_code == 503
        ready = alice.get("/readyz")
        assert ready.status_code == 503
        assert "database" in ready.json()["troubles"]
        assert alice.get("/healthz").status_code == 200

        platform.stop()  # in good order, and with no secret in its log
        platform.start()
        again = platform.client("alice")
        assert [order["id"] for order in orders.list_all(again)] == [bought["id"]]
        assert orders.cash(again) == before
        orders.place(again, orders.body(client_order_id="lost"))
        platform.require_true_books()
        platform.stop()
