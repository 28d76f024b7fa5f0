import assert from "node:assert/strict";
import test from "node:test";

import { readCommand, readOrderText } from "../../../static/js/order_text.js";
import { isOpen, orderSentence, orderTerms, orderWords, sentenceTone, sourceWord, statusTone, statusWord } from "../../../static/js/words.js";

test("an order typed as words is read", () => {
  assert.deepEqual(readOrderText("buy 100 ibm"), { side: "buy", type: "market", qty: "100", unit: "shares", symbol: "IBM", limitPrice: null });
  assert.deepEqual(readOrderText(" s 1,000 brk.b at 183.02 "), { side: "sell", type: "limit", qty: "1000", unit: "shares", symbol: "BRK.B", limitPrice: "183.02" });
  assert.deepEqual(readOrderText("sell 0.5 AAPL @ 10"), { side: "sell", type: "limit", qty: "0.5", unit: "shares", symbol: "AAPL", limitPrice: "10" });
});

test("a source is called by its name, several in their order, an unknown one as it came", () => {
  assert.equal(sourceWord("alpaca"), "Alpaca");
  assert.equal(sourceWord("polygon,alpaca"), "Polygon, Alpaca");
  assert.equal(sourceWord("iex"), "iex");
});

test("a symbol or a company is not mistaken for an order", () => {
  for (const text of ["ibm", "buy", "buy ibm", "best buy", "sell 100", ""]) assert.equal(readOrderText(text), null, text);
});

test("an order is said in words", () => {
  assert.equal(orderWords({ side: "sell", qty: "10.5", symbol: "SPY", type: "limit", limit_price: "167.5" }), "Sell 10.5 SPY · Limit 167.50");
  assert.equal(orderWords({ side: "buy", qty: null, notional: "50", symbol: "SPY", type: "market" }), "Buy $50 of SPY · Market");
});

test("a whole order says how long it lasts", () => {
  const order = { side: "sell", qty: "415", symbol: "AAPL", type: "market", time_in_force: "fok" };
  assert.equal(orderTerms(order), "Sell 415 AAPL · Market · All or nothing");
  assert.equal(orderTerms({ ...order, type: "limit", limit_price: "10", time_in_force: "day" }), "Sell 415 AAPL · Limit 10.00 · Day");
});

test("where an order has come to is one sentence, with what of it filled", () => {
  const order = { side: "buy", qty: "100", symbol: "IBM", status: "filled", filled_qty: "100", filled_avg_price: "183.03" };
  assert.equal(orderSentence(order), "Bought 100 IBM at 183.03. Order complete.");
  const part = { ...order, filled_qty: "60" };
  assert.equal(orderSentence({ ...part, status: "partially_filled" }), "Bought 60 of 100 IBM at 183.03. The rest is working.");
  assert.equal(orderSentence({ ...part, status: "canceled" }), "Buy 100 IBM, 60 of it filled at 183.03, canceled.");
  const none = { ...order, side: "sell", filled_qty: "0", filled_avg_price: null };
  assert.equal(orderSentence({ ...none, status: "expired" }), "Expired: sell 100 IBM.");
  assert.equal(orderSentence({ ...none, status: "canceled", text: "canceled by the firm: trading in IBM is halted" }), "Sell 100 IBM canceled by the firm: trading in IBM is halted.");
  for (const status of ["new", "pending_new", "pending_cancel"]) assert.equal(orderSentence({ ...none, status }), null);
  assert.deepEqual(["filled", "rejected", "canceled"].map((status) => sentenceTone({ status })), ["good", "bad", "plain"]);
});

test("an unknown status is shown as it came and counts as over", () => {
  assert.equal(statusWord("done_for_breakfast"), "done for breakfast");
  assert.equal(statusTone("done_for_breakfast"), "done");
  assert.equal(isOpen({ status: "pending_cancel" }), true);
  assert.equal(isOpen({ status: "filled" }), false);
});

test("dollars, all of a holding, all orders and help are understood, and nothing else by mistake", () => {
  assert.deepEqual(readOrderText("buy $500 aapl"), { side: "buy", type: "market", qty: "500", unit: "dollars", symbol: "AAPL", limitPrice: null });
  assert.equal(readOrderText("buy 1,500$ aapl").unit, "dollars");
  assert.equal(readOrderText("buy $500 aapl $212.50").limitPrice, "212.50");
  assert.deepEqual(readCommand("sell all aapl"), { kind: "close", symbol: "AAPL" });
  assert.deepEqual(readCommand(" Cancel ALL "), { kind: "cancel", symbol: null });
  assert.deepEqual(readCommand("cancel all brk.b"), { kind: "cancel", symbol: "BRK.B" });
  assert.deepEqual(readCommand("help"), { kind: "help" });
  for (const words of ["cancel", "sell all", "helped", "all", "buy all aapl", "cancel allstate", "a"]) {
    assert.equal(readCommand(words), null, words);
    assert.equal(readOrderText(words), null, words);
  }
});
