import assert from "node:assert/strict";
import test from "node:test";

import { markOf, totalPositions, valueAccount, valuePosition } from "../../../static/js/marks.js";

const position = {
  symbol: "IBM", qty: "200", cost_basis: "36288.00", current_price: "183.00", unrealized_intraday_pl: "300.00",
};
const text = (value) => value.toPlaces(2).toString();

test("a position is marked at the last trade, else the mid, else the server's price", () => {
  assert.equal(markOf({ lp: 183.02, bp: 1, ap: 2 }, "9").toString(), "183.02");
  assert.equal(markOf({ lp: null, bp: 183.01, ap: 183.02 }, "9").trimmed().toString(), "183.015");
  assert.equal(markOf(undefined, "9").toString(), "9");
  assert.equal(markOf({ lp: null, bp: null, ap: 2 }, null), null);
});

test("a holding that is written down is worth nothing, whatever its live price", () => {
  const writtenDown = { ...position, current_price: "0", unrealized_intraday_pl: "-36000.00" };
  const live = valuePosition(writtenDown, { lp: 183.02, bp: 183, ap: 184 });
  assert.equal(text(live.mark), "0.00");
  assert.equal(text(live.value), "0.00");
  assert.equal(text(live.totalPl), "-36288.00");
  assert.equal(text(live.dayPl), "-36000.00");
  const account = { cash: "1000.10", equity: "1000.10", last_equity: "37000.00" };
  assert.equal(text(valueAccount(account, { IBM: writtenDown }, { IBM: { lp: 183.02 } }).equity), "1000.10");
});

test("live results move with the mark, to the cent", () => {
  const live = valuePosition(position, { lp: 183.02 });
  assert.equal(text(live.value), "36604.00");
  assert.equal(text(live.totalPl), "316.00");
  assert.equal(text(live.dayPl), "304.00");
});

test("a short position loses when the mark rises", () => {
  const short = { ...position, qty: "-10", cost_basis: "-1830.00", unrealized_intraday_pl: "0" };
  const live = valuePosition(short, { lp: 184 });
  assert.equal(text(live.totalPl), "-10.00");
  assert.equal(text(live.dayPl), "-10.00");
});

test("without any price the value is unknown, and so is every total with it", () => {
  const lost = { ...position, current_price: null };
  assert.equal(valuePosition(lost, undefined).value, null);
  assert.equal(totalPositions([position, lost], {}).value, null);
  assert.equal(text(totalPositions([position], {}).value), "36600.00");
  assert.equal(text(totalPositions([], {}).value), "0.00");
});

test("equity is cash and every position at its mark", () => {
  const account = { cash: "1000.10", equity: "1", last_equity: "37000.00" };
  const { equity, dayPl, dayRatio } = valueAccount(account, { IBM: position }, { IBM: { lp: 183.02 } });
  assert.equal(text(equity), "37604.10");
  assert.equal(text(dayPl), "604.10");
  assert.equal(dayRatio.toString(), "0.016327");
});

test("with a mark missing the server's equity stands", () => {
  const account = { cash: "1000.10", equity: "37600.00", last_equity: "37600.00" };
  const lost = { IBM: { ...position, current_price: null } };
  assert.equal(text(valueAccount(account, lost, {}).equity), "37600.00");
  assert.equal(text(valueAccount(account, null, {}).equity), "37600.00");
});
