import assert from "node:assert/strict";
import test from "node:test";

import { Decimal } from "../../../static/js/decimal.js";

const d = (text) => Decimal.parse(text);

test("a decimal reads back as it was written", () => {
  for (const text of ["0", "12", "-12.50", "0.000000001", "123456789012345678901234.5678"]) {
    assert.equal(d(text).toString(), text);
  }
});

test("what is not a plain decimal is not read", () => {
  for (const text of ["", ".", "-", "1e5", "1,000", "abc", "1.2.3", "0x10", "NaN"]) assert.equal(d(text), null, text);
});

test("sums are exact where floats are not", () => {
  assert.equal(d("0.1").plus(d("0.2")).toString(), "0.3");
  assert.equal(d("100.00").minus(d("0.000000001")).toString(), "99.999999999");
});

test("a product has no rounding", () => {
  assert.equal(d("0.123456789").times(d("183.02")).toString(), "22.59506152278");
});

test("division rounds by the rule it is told", () => {
  assert.equal(d("10").dividedBy(d("3"), 4).toString(), "3.3333");
  assert.equal(d("10").dividedBy(d("3"), 4, "up").toString(), "3.3334");
  assert.equal(d("-10").dividedBy(d("3"), 0, "down").toString(), "-3");
  assert.equal(d("-10").dividedBy(d("3"), 0, "up").toString(), "-4");
  assert.equal(d("1").dividedBy(d("8"), 2).toString(), "0.13");
  assert.equal(d("1").dividedBy(d("0"), 2), null);
});

test("rounding to places goes half away from zero", () => {
  assert.equal(d("1.005").toPlaces(2).toString(), "1.01");
  assert.equal(d("-1.005").toPlaces(2).toString(), "-1.01");
  assert.equal(d("1.0049").toPlaces(2).toString(), "1.00");
});

test("decimals of different places compare by value", () => {
  assert.equal(d("1.50").compare(d("1.5")), 0);
  assert.equal(d("-2").compare(d("1")), -1);
});

test("a market price becomes its shortest decimal, and unknown stays unknown", () => {
  assert.equal(Decimal.from(183.02).toString(), "183.02");
  assert.equal(Decimal.from(1e-7).toString(), "0.000000100");
  assert.equal(Decimal.from(null), null);
  assert.equal(Decimal.from(Number.NaN), null);
});
