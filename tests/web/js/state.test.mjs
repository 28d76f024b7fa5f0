import assert from "node:assert/strict";
import test from "node:test";

import * as state from "../../../static/js/state.js";
import { Store } from "../../../static/js/store.js";

const followed = ["AAPL", "IBM", "SPY"].map((symbol) => ({ symbol, name: `${symbol} Inc.` }));
const start = () => state.initialState({ account: null, feed: { connected: true }, followed, skewMs: 0 });
const order = (id, status, at = "2026-01-01T10:00:00Z") => ({ id, status, submitted_at: at, updated_at: at });
const snapshot = { seq: 7, account: { cash: "10" }, positions: [{ symbol: "IBM", qty: "1" }], orders: [order("a", "new")] };

test("before any message nothing is known, which is not the same as none", () => {
  assert.equal(state.openOrders(start()), null);
  assert.equal(start().positions, null);
});

test("a wanted symbol is selected when it has a row; otherwise nothing is until it is known", () => {
  const base = { account: null, feed: null, followed, skewMs: 0 };
  assert.equal(state.initialState(base).selected, "AAPL");
  assert.equal(state.initialState({ ...base, wanted: "IBM" }).selected, "IBM");
  assert.equal(state.initialState({ ...base, wanted: "F" }).selected, null);
  assert.equal(state.initialState({ ...base, followed: [] }).selected, null);
});

test("instruments that are seen are added to those that were seen before", () => {
  const now = state.applyAssets(start(), [{ symbol: "F", name: "Ford" }, { symbol: "IBM", name: "Business Machines" }]);
  assert.deepEqual(Object.keys(now.assets).sort(), ["AAPL", "F", "IBM", "SPY"]);
  assert.equal(now.assets.IBM.name, "Business Machines");
});

test("a symbol gets one row, and there are no more rows than may be followed", () => {
  assert.deepEqual(state.addRows(start(), ["F", "IBM", "F"]).watchlist, ["AAPL", "IBM", "SPY", "F"]);
  const many = Array.from({ length: 600 }, (_, index) => `X${index}`);
  assert.equal(state.addRows(start(), many).watchlist.length, 500);
});

test("what the account is in are its positions and its working orders, once they are known", () => {
  assert.deepEqual(state.accountSymbols(start()), []);
  const orders = [{ ...order("a", "new"), symbol: "F" }, { ...order("b", "filled"), symbol: "KO" }, { ...order("c", "new"), symbol: "IBM" }];
  const now = state.applySnapshot(start(), { ...snapshot, orders });
  assert.deepEqual(state.accountSymbols(now), ["IBM", "F"]);
});

test("a row may be taken away unless it is followed or the account is in it", () => {
  const now = state.addRows(state.applySnapshot(start(), { ...snapshot, positions: [{ symbol: "KO", qty: "1" }] }), ["F", "KO"]);
  assert.deepEqual([...state.removableRows(now)], ["F"]);
  assert.equal(state.removeRow(now, "KO"), now);
  assert.equal(state.removeRow(now, "IBM"), now);
});

test("taking the selected row away selects the one that takes its place, and its price is forgotten", () => {
  const rows = { ...state.addRows(start(), ["F", "KO"]), ticks: { F: { S: "F" }, KO: { S: "KO" } } };
  const without = (selected, symbol) => state.removeRow({ ...rows, selected }, symbol);
  assert.equal(without("F", "F").selected, "KO");
  assert.equal(without("KO", "KO").selected, "F");
  assert.equal(without("IBM", "F").selected, "IBM");
  assert.deepEqual(Object.keys(without("IBM", "F").ticks), ["KO"]);
  const alone = { ...rows, followed: [], watchlist: ["F"], selected: "F" };
  assert.equal(state.removeRow(alone, "F").selected, null);
});

test("snapshot and updates give the same state as the final snapshot", () => {
  const afterSnapshot = state.applySnapshot(start(), snapshot);
  const { state: updated, gap } = state.applyUpdate(afterSnapshot, {
    seq: 8, account: { cash: "5" }, positions: [{ symbol: "IBM", qty: "2" }], orders: [order("a", "filled"), order("b", "new")],
  });
  const whole = state.applySnapshot(start(), {
    seq: 8, account: { cash: "5" }, positions: [{ symbol: "IBM", qty: "2" }], orders: [order("a", "filled"), order("b", "new")],
  });
  assert.equal(gap, false);
  assert.deepEqual(updated, whole);
});

test("an update with one missing before it changes nothing and asks for a snapshot", () => {
  const before = state.applySnapshot(start(), snapshot);
  assert.deepEqual(state.applyUpdate(before, { seq: 9, positions: [] }), { state: before, gap: true });
});

test("an update before any snapshot asks for a snapshot", () => {
  assert.equal(state.applyUpdate(start(), { seq: 1 }).gap, true);
});

test("an update seen twice changes nothing", () => {
  const before = state.applySnapshot(start(), snapshot);
  assert.deepEqual(state.applyUpdate(before, { seq: 7, positions: [] }), { state: before, gap: false });
});

test("a position that is gone from an update is gone", () => {
  const before = state.applySnapshot(start(), snapshot);
  assert.deepEqual(state.applyUpdate(before, { seq: 8, positions: [] }).state.positions, {});
});

test("an HTTP answer never overwrites a newer order from the socket", () => {
  const before = state.applySnapshot(start(), { ...snapshot, orders: [order("a", "filled", "2026-01-01T10:00:05Z")] });
  assert.equal(state.applyOrder(before, order("a", "new")).orders.a.status, "filled");
  assert.equal(state.applyOrder(before, order("b", "new")).orders.b.status, "new");
});

test("a closed account socket ends its sequence", () => {
  const before = state.applySnapshot(start(), snapshot);
  assert.equal(state.applyAccountSocket(before, { status: "waiting" }).accountSeq, null);
  assert.equal(state.applyAccountSocket(before, { status: "open" }).accountSeq, 7);
});

test("orders split into working and over, newest first", () => {
  const orders = [order("old", "new", "2026-01-01T09:00:00Z"), order("young", "partially_filled", "2026-01-01T11:00:00Z"), order("done", "filled")];
  const now = state.applySnapshot(start(), { ...snapshot, orders });
  assert.deepEqual(state.openOrders(now).map(({ id }) => id), ["young", "old"]);
  assert.deepEqual(state.closedOrders(now).map(({ id }) => id), ["done"]);
});

test("a price is live only with an open socket, a connected feed and a young tick", () => {
  const live = { ...state.applyTicks(start(), [{ S: "IBM", t: 1000 }]), quotesSocket: { status: "open" } };
  assert.equal(state.isStale(live, "IBM", 2000), false);
  assert.equal(state.isStale(live, "IBM", 120_000), true);
  assert.equal(state.isStale(live, "SPY", 2000), true);
  assert.equal(state.isStale({ ...live, quotesSocket: { status: "waiting" } }, "IBM", 2000), true);
  assert.equal(state.isStale({ ...live, feed: { connected: false } }, "IBM", 2000), true);
});

test("an age is measured on the server's clock", () => {
  const now = { ...state.applyTicks(start(), [{ S: "IBM", t: 1000 }]), skewMs: 5000 };
  assert.equal(state.tickAge(now, "IBM", 8000), 2000);
  assert.equal(state.tickAge(now, "SPY", 8000), null);
});

test("the arrows stop at both ends of the watchlist", () => {
  const at = (selected) => ({ ...start(), selected });
  assert.equal(state.neighbour(at("AAPL"), -1), "AAPL");
  assert.equal(state.neighbour(at("AAPL"), 1), "IBM");
  assert.equal(state.neighbour(at("SPY"), 1), "SPY");
});

test("the store tells each panel once a frame, of its own topics only", () => {
  const frames = [];
  const store = new Store({ n: 0 }, (run) => frames.push(run));
  const heard = [];
  store.on(["a"], (now) => heard.push(now.n));
  store.change((now) => ({ n: now.n + 1 }), "a");
  store.change((now) => ({ n: now.n + 1 }), "a", "b");
  assert.equal(frames.length, 1);
  frames.shift()();
  store.change((now) => ({ n: now.n + 1 }), "b");
  frames.shift()();
  assert.deepEqual(heard, [0, 2]);
});
