import assert from "node:assert/strict";
import test from "node:test";

import { Decimal } from "../../../static/js/decimal.js";
import { buttonWords, maximum, presetPrice, readTicket, stepPrice } from "../../../static/js/order_form.js";

const form = (changes = {}) => ({
  symbol: "IBM", side: "buy", type: "limit", timeInForce: "day", unit: "shares", amount: "100", limitPrice: "183.02", ...changes,
});
const context = (changes = {}) => ({
  tick: { bp: 183.01, ap: 183.03, lp: 183.02 },
  account: { buying_power: "61940.22", shorting_enabled: false },
  position: undefined,
  asset: { fractionable: true, shortable: true },
  limits: { market_reserve_pct: "3", order_value: "250000", position_value: "500000" },
  ...changes,
});
const problemsOf = (changes, given) => readTicket(form(changes), context(given)).problems.map(({ message }) => message);

test("a complete ticket is one order and the button says it", () => {
  const reading = readTicket(form(), context());
  assert.deepEqual(reading.order, { symbol: "IBM", side: "buy", type: "limit", time_in_force: "day", qty: "100", limit_price: "183.02" });
  assert.equal(buttonWords(form(), reading), "Buy 100 IBM · Limit 183.02");
});

test("a market order carries no price, whatever its hidden field holds", () => {
  const reading = readTicket(form({ type: "market", limitPrice: "junk", side: "sell", timeInForce: "ioc" }), context());
  assert.deepEqual(reading.order, { symbol: "IBM", side: "sell", type: "market", time_in_force: "ioc", qty: "100" });
  assert.equal(buttonWords(form(), reading), "Sell 100 IBM · Market · Now or cancel");
});

test("numbers are read as people type them", () => {
  assert.equal(readTicket(form({ amount: " 1,000 ", limitPrice: "$183.02" }), context()).order.qty, "1000");
});

test("every way of getting the quantity wrong has its own words", () => {
  const words = (amount, changes = {}, given = {}) => problemsOf({ amount, ...changes }, given)[0];
  assert.match(words(""), /Enter a quantity/);
  assert.match(words("ten"), /must be a number/);
  assert.match(words("0"), /more than zero/);
  assert.match(words("-5"), /more than zero/);
  assert.match(words("0.0000000001"), /9 decimals/);
  assert.match(words("0.5", { timeInForce: "gtc" }), /Day/);
  assert.match(words("0.5", {}, { asset: { fractionable: false } }), /whole shares/);
  assert.match(words("101", { unit: "percent" }), /100 %/);
  assert.match(words("10", { unit: "dollars", timeInForce: "gtc" }), /less than one share/);
  assert.match(words("10", { unit: "dollars", type: "market" }, { tick: undefined }), /no price yet/);
});

test("a price off its tick is named before it is sent", () => {
  assert.match(problemsOf({ limitPrice: "183.021" })[0], /cents/);
  assert.match(problemsOf({ limitPrice: "0.12345" })[0], /4 decimals/);
  assert.match(problemsOf({ limitPrice: "" })[0], /Enter a limit price/);
  assert.match(problemsOf({ limitPrice: "0" })[0], /more than zero/);
  assert.deepEqual(problemsOf({ limitPrice: "0.1234" }), []);
  assert.deepEqual(problemsOf({ limitPrice: "183.0200" }), []);
});

test("every problem is named, not only the first", () => {
  assert.equal(problemsOf({ amount: "", limitPrice: "" }).length, 2);
});

test("dollars become shares at the price the order would take, never more than they buy", () => {
  const { qty } = readTicket(form({ unit: "dollars", type: "market", amount: "1000" }), context());
  assert.equal(qty.toString(), "5.4635");
  assert.ok(qty.times(Decimal.parse("183.03")).compare(Decimal.parse("1000")) <= 0);
});

test("dollars buy whole shares where fractions are not allowed", () => {
  assert.equal(readTicket(form({ unit: "dollars", amount: "1000", timeInForce: "gtc" }), context()).order.qty, "5");
});

test("the maximum of a buy is what buying power reaches at its price", () => {
  assert.equal(maximum(form(), context()).qty.toString(), "338");
});

test("the maximum of a market buy leaves room for what it keeps aside, before anything is asked", () => {
  // 61,940.22 / (183.03 x 1.03)
  assert.equal(maximum(form({ type: "market" }), context()).qty.toString(), "328");
  assert.equal(maximum(form({ type: "market", amount: "5" }), context()).qty.toString(), "328");
  assert.equal(maximum(form({ type: "market" }), context({ limits: null })).qty, null);
});

test("no maximum is above what the limits of the account let through", () => {
  const rich = { account: { buying_power: "9000000" } };
  assert.equal(maximum(form(), context(rich)).qty.toString(), "1365"); // 250,000 / 183.03
  assert.equal(maximum(form({ limitPrice: "200" }), context(rich)).qty.toString(), "1250");
  const full = { ...rich, position: { qty: "2000", qty_available: "2000" }, openBuyQty: Decimal.parse("700") };
  assert.equal(maximum(form(), context(full)).qty.toString(), "31"); // 500,000 / 183.03 - 2,700
  assert.equal(maximum(form(), context({ ...full, openBuyQty: Decimal.parse("900") })).qty.toString(), "0");
  assert.deepEqual(maximum(form({ side: "sell" }), context({ position: { qty: "2000", qty_available: "2000" } })), { qty: Decimal.parse("1365"), amount: Decimal.parse("1365"), words: "max" });
});

test("the maximum of a sale is what is held and not already being sold", () => {
  const held = context({ position: { qty: "200", qty_available: "150" } });
  assert.deepEqual(maximum(form({ side: "sell" }), held), { qty: Decimal.parse("150"), amount: Decimal.parse("150"), words: "held" });
  assert.equal(maximum(form({ side: "sell" }), context()).qty.toString(), "0");
});

test("a short position can be bought back up to its size", () => {
  const short = context({ position: { qty: "-40", qty_available: "40" } });
  assert.equal(maximum(form(), short).qty.toString(), "40");
});

test("the maximum is told in the unit of the field, and typed there it is that many shares", () => {
  const dollars = form({ unit: "dollars" });
  assert.equal(maximum(dollars, context()).amount.toString(), "61860.76"); // 338 at 183.02
  assert.equal(readTicket({ ...dollars, amount: "61860.76" }, context()).order.qty, "338");
  const percent = form({ unit: "percent" });
  assert.equal(maximum(percent, context()).amount.toString(), "100");
  assert.equal(readTicket({ ...percent, amount: "100" }, context()).order.qty, "338");
  assert.equal(maximum(form({ unit: "dollars", side: "sell" }), context()).amount.toString(), "0.00");
});

test("an order in dollars names the dollars on its button, not shares that change with the price", () => {
  const fields = form({ unit: "dollars", amount: "500" });
  assert.equal(buttonWords(fields, readTicket(fields, context())), "Buy $500 of IBM · Limit 183.02");
});

test("with no price the maximum is unknown, not zero", () => {
  assert.equal(maximum(form({ type: "market" }), context({ tick: undefined })).qty, null);
});

test("half of the buying power costs half of it, and all of it is the maximum", () => {
  const percent = (amount, changes = {}) => readTicket(form({ unit: "percent", amount, timeInForce: "gtc", ...changes }), context()).order.qty;
  assert.equal(percent("50"), "169"); // 30,970.11 / 183.02
  assert.equal(percent("50", { type: "market" }), "169"); // 30,970.11 / 183.03
  assert.equal(percent("100", { type: "market" }), "328");
  assert.equal(percent("99", { type: "market" }), "328"); // which would need more than there is
});

test("a percentage of a sale is of what is held", () => {
  const held = context({ position: { qty: "0.123456789", qty_available: "0.123456789" } });
  const percent = (amount) => readTicket(form({ side: "sell", unit: "percent", amount }), held).order.qty;
  assert.equal(percent("50"), "0.061728394");
  assert.equal(percent("100"), "0.123456789"); // nothing is left
});

test("presets take the bid, the mid or the ask, on the tick", () => {
  const tick = { bp: 183.01, ap: 183.04 };
  assert.equal(presetPrice("bid", tick), "183.01");
  assert.equal(presetPrice("ask", tick), "183.04");
  assert.equal(presetPrice("mid", tick), "183.02");
  assert.equal(presetPrice("mid", { bp: null, ap: 183.04 }), null);
});

test("the arrows move a price by one tick and never to zero", () => {
  assert.equal(stepPrice("183.02", 1), "183.03");
  assert.equal(stepPrice("0.4321", -1), "0.4320");
  assert.equal(stepPrice("0.0001", -1), "0.0001");
  assert.equal(stepPrice("", 1), "");
});
