import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { matchMedia: () => ({ matches: false }) }; // all the page these modules need to load

const { ownLines } = await import("../../../static/js/chart.js");

const order = { id: "a", symbol: "IBM", side: "buy", status: "new", qty: "5", filled_qty: "0", limit_price: "205", submitted_at: "2026-01-01" };
const state = { orders: { a: order }, positions: { IBM: { avg_entry_price: "212.5" } } };

test("orders are named at their lines, the average cost by its label on the axis alone: its name would cover the newest bars", () => {
  assert.deepEqual(ownLines(state, "IBM").map(({ price, title }) => [price, title]), [[205, "Buy 5"], [212.5, ""]]);
  assert.deepEqual(ownLines(state, "AAPL"), []);
});
