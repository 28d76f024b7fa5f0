import assert from "node:assert/strict";
import test from "node:test";

import * as format from "../../../static/js/format.js";

test("money has cents, separators and a real minus sign", () => {
  assert.equal(format.money("1234567.891"), "$1,234,567.89");
  assert.equal(format.money("-12.5"), "−$12.50");
  assert.equal(format.signedMoney("1204.18"), "+$1,204.18");
  assert.equal(format.signedMoney("0.00"), "$0.00");
});

test("money too long for a float keeps its last cent", () => {
  assert.equal(format.money("90071992547409931.07"), "$90,071,992,547,409,931.07");
});

test("a price has the places of its tick", () => {
  assert.equal(format.price(183.1), "183.10");
  assert.equal(format.price("0.4321"), "0.4321");
  assert.equal(format.price("1"), "1.00");
  assert.equal(format.exactPrice("183.025"), "183.025");
  assert.equal(format.exactPrice("183.0000"), "183.00");
  assert.equal(format.tradePrice("183.3333333333"), "183.3333");
});

test("a quantity has the places it has", () => {
  assert.equal(format.quantity("1000.000"), "1,000");
  assert.equal(format.quantity("0.123456789"), "0.123456789");
});

test("a ratio is a signed percentage", () => {
  assert.equal(format.signedPercent("0.0117"), "+1.17%");
  assert.equal(format.signedPercent("-0.00224"), "−0.22%");
  assert.equal(format.signedPercent("0"), "0.00%");
});

test("a change is measured from the earlier value", () => {
  assert.equal(format.changeRatio(200, 201).toString(), "0.0050");
  assert.equal(format.changeRatio(null, 201), null);
  assert.equal(format.changeRatio(0, 201), null);
});

test("unknown is a dash everywhere, never zero", () => {
  for (const write of [format.money, format.price, format.quantity, format.signedPercent, format.time, format.age]) {
    assert.equal(write(null), "—");
  }
});

test("direction is up, down or flat", () => {
  assert.deepEqual(["1", "-0.01", "0", null].map(format.direction), ["up", "down", "flat", "flat"]);
});

test("an age is told in its largest whole unit", () => {
  assert.deepEqual([400, 59_999, 60_000, 7_200_000, 200_000_000].map(format.age), ["0 s", "59 s", "1 min", "2 h", "2 d"]);
});

test("times are New York's, winter and summer", () => {
  assert.equal(format.time("2026-01-15T14:30:00Z"), "09:30:00");
  assert.equal(format.time("2026-07-15T13:30:00Z"), "09:30:00");
  assert.equal(format.dateTime("2026-01-16T04:59:59Z"), "Jan 15, 23:59:59");
  assert.equal(format.opening("2026-11-27T14:30:00Z"), "Fri 09:30 ET");
  assert.equal(format.time("nonsense"), "—");
});

test("a volume of millions is short, a smaller one exact", () => {
  assert.equal(format.compactQuantity(999_999), "999,999");
  assert.equal(format.compactQuantity(30_233_100), "30.23M");
  assert.equal(format.compactQuantity(1_226_963_700), "1,226.96M");
  assert.equal(format.compactQuantity(undefined), "—");
});

test("a day has a year where its bar may be of another", () => {
  const at = "2026-01-01T03:00:00Z"; // the evening before in New York
  assert.deepEqual([format.date(at), format.month(at), format.year(at)], ["Dec 31, 2025", "Dec", "2025"]);
});
