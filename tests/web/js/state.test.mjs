import assert from "node:assert/strict";
import test from "node:test";

import * as state from "../../../static/js/state.js";
import { Store } from "../../../static/js/store.js";

const start = () => state.initialState({ account: null, feed: { connected: true }, watchlist: ["AAPL", "IBM", "SPY"], skewMs: 0 });
const order = (id, status, at = "2026-01-01T10:00:00Z") => ({ id, status, submitted_at: at, updated_at: at });
const snapshot = { seq: 7, account: { cash: "10" }, positions: [{ symbol: "IBM", qty: "1" }], orders: [order("a", "new")] };

test("before any message nothing is known, which is not the same as none", () => {
  assert.equal(state.openOrders(start()), null);
  assert.equal(start().positions, null);
});

test("a wanted symbol is selected only when it is on the list", () => {
  const base = { account: null, feed: null, watchlist: ["AAPL", "IBM"], skewMs: 0 };
  assert.equal(state.initialState({ ...base, wanted: "IBM" }).selected, "IBM");
  assert.equal(state.initialState({ ...base, wanted: "NOPE" }).selected, "AAPL");
  assert.equal(state.initialState({ ...base, watchlist: [] }).selected, null);
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
