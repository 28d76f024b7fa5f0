import assert from "node:assert/strict";
import test from "node:test";

import { reasonWords } from "../../../static/js/order_reason.js";
import { orderSentence } from "../../../static/js/words.js";

const text = "canceled by the firm: trading in AAPL is halted";

test("a cancel by the firm says who canceled and why, one's own needs no words", () => {
  assert.equal(reasonWords({ status: "canceled", text }), "Canceled by the firm: trading in AAPL is halted");
  assert.equal(reasonWords({ status: "canceled", text: "" }), "");
  assert.equal(reasonWords({ status: "canceled" }), "");
});

test("an order that filled before its cancel does not say that it was canceled", () => {
  assert.equal(reasonWords({ status: "filled", text }), "");
});

test("the message of a cancel by the firm is no other than that of the list", () => {
  const order = { status: "canceled", side: "buy", qty: "10", symbol: "AAPL", filled_qty: "0", filled_avg_price: null };
  assert.equal(orderSentence({ ...order, text }), "Buy 10 AAPL canceled by the firm: trading in AAPL is halted.");
  assert.equal(orderSentence({ ...order, text: "" }), "Buy 10 AAPL canceled.");
});
