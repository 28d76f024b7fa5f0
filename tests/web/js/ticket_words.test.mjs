import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

globalThis.window = { matchMedia: () => ({ matches: false }) }; // all the page these modules need to load

const { checkName, checkNumbers, checkSentence, limitWords, measuredWords } = await import("../../../static/js/check_words.js");
const { eventName, timeWords } = await import("../../../static/js/order_life.js");
const { failuresOf, fillWords, verdictWords } = await import("../../../static/js/preview_words.js");
const { buttonState } = await import("../../../static/js/ticket_button.js");
const { actionLabel, boxWords } = await import("../../../static/js/unsent_box.js");

const limit = { type: "limit", time_in_force: "day", side: "buy", symbol: "IBM", qty: "100", limit_price: "100" };
const market = { ...limit, type: "market", limit_price: undefined, qty: "8000" };
const fill = (qty, rest, changes = {}) => ({ qty, price: qty === "0" ? null : "212.39", rest_qty: rest, rest: rest === "0" ? "none" : "waits", reason: "", ...changes });

test("a likely fill says what happens now and to the rest", () => {
  assert.equal(fillWords(limit, fill("100", "0")), "100 now @ 212.39");
  assert.equal(fillWords(limit, fill("0", "100")), "Waits for 100.00");
  assert.equal(fillWords(market, fill("800", "7200")), "800 now @ 212.39, 7,200 wait");
  assert.equal(fillWords({ ...market, time_in_force: "ioc" }, fill("800", "7200", { rest: "canceled" })), "800 now @ 212.39, 7,200 canceled");
  assert.equal(fillWords({ ...limit, time_in_force: "fok" }, fill("0", "100", { rest: "canceled", reason: "not filled at once" })), "Nothing now, would be canceled");
  assert.equal(fillWords({ ...limit, time_in_force: "ioc" }, fill("0", "100", { rest: "canceled", reason: "the market is closed" })), "Nothing now, would be canceled · the market is closed");
  assert.equal(fillWords(market, fill("0", "8000")), "Waits for the next quote");
  assert.equal(fillWords(limit, fill("0", "100", { reason: "the market is closed; the order waits" })), "Waits for 100.00 · the market is closed");
  assert.equal(fillWords(limit, null), "None: it would be refused");
});

const tooLarge = { name: "order_value", passed: false, measured: "21241000", limit: "250000", message: "order value $21,241,000 is above your limit of $250,000" };
const fine = { name: "kill_switch", passed: true, measured: "", limit: "", message: "" };

test("a verdict names how many reasons, of a preview and of an order that is malformed alike", () => {
  assert.deepEqual(verdictWords({ result: { checks: [fine] } }), { isClean: true, words: "✓ 1 of 1 risk checks pass" });
  assert.equal(verdictWords({ result: { checks: [fine, tooLarge] } }).words, "✕ Would be refused: 1 reason");
  assert.deepEqual(failuresOf({ result: null, error: { code: 42210000, message: "asset is not tradable" } }), [{ message: "asset is not tradable" }]);
  assert.deepEqual(failuresOf({ result: null, error: { code: null, message: "The server did not answer." } }), []);
});

test("checks have names and units of a person", () => {
  assert.equal(checkName(tooLarge), "Order value");
  assert.equal(checkNumbers(tooLarge), "$21,241,000 of $250,000");
  assert.equal(checkSentence(tooLarge), "order value $21,241,000 is above your limit of $250,000");
  assert.equal(checkNumbers(fine), "");
  assert.equal(checkNumbers({ name: "kill_switch", measured: "SYMBOL", limit: "none engaged" }), ""); // of an old record
  assert.equal(checkNumbers({ name: "stale_quote", measured: "76200 ms", limit: "5000 ms" }), "76.2 s of 5 s");
  assert.equal(checkNumbers({ name: "price_collar", measured: "205.5", limit: "205.85" }), "$205.50 of $205.85");
  assert.equal(checkNumbers({ name: "price_collar", measured: "market order", limit: "" }), "market order");
  assert.equal(checkNumbers({ name: "buying_power", measured: "1825.5", limit: "100000" }), "$1,825.50 of $100,000");
  assert.equal(checkName({ name: "new_check" }), "new check");
});

const cases = JSON.parse(readFileSync(new URL("../cases/check_words.json", import.meta.url)));
for (const { check, words } of cases) {
  test(`a check is in words: ${words.join(" ")}`, () => {
    assert.deepEqual([checkName(check), measuredWords(check), limitWords(check)], words);
  });
}

const open = { status: "open", attempt: 0 };
const state = { accountSocket: open, quotesSocket: open };
const fields = { symbol: "IBM" };
const reading = { order: limit, problems: [] };
const of = (changes) => buttonState({ fields, reading, lock: null, answer: null, state, ...changes });

test("the button names the whole order, and why it would be refused", () => {
  assert.deepEqual(of({}), { words: "Buy 100 IBM · Limit 100.00", tone: "ready", isDisabled: false });
  assert.deepEqual(of({ answer: { result: { checks: [tooLarge] } } }), {
    words: "Would be refused: order value $21,241,000 is above your limit of $250,000", tone: "refused", isDisabled: false,
  });
  assert.equal(of({ answer: { result: null, error: { code: 40310000, message: "x" } }, isReasonTold: true }).words, "Would be refused again");
  assert.equal(of({ reading: { order: null, problems: [{ message: "Enter a quantity." }] } }).tone, "incomplete");
});

test("in a halted symbol the button says so before a preview does, and believes the preview that says otherwise", () => {
  const halted = { ...state, halts: [{ symbol: "IBM", words: "trading in IBM is halted", refuses: true }] };
  assert.deepEqual(of({ state: halted }), { words: "Would be refused: trading in IBM is halted", tone: "refused", isDisabled: false });
  assert.equal(of({ state: halted, answer: { result: { checks: [fine] } } }).tone, "ready");
});

test("the button sends nothing while an order of the symbol has no answer, or nothing can be sent", () => {
  for (const status of ["sending", "asking", "absent"]) assert.equal(of({ lock: { status } }).isDisabled, true);
  for (const status of ["ended", "offline"]) assert.equal(of({ state: { accountSocket: { status }, quotesSocket: open } }).isDisabled, true);
  assert.equal(of({ state: { accountSocket: { status: "waiting", attempt: 1 }, quotesSocket: open } }).isDisabled, true);
});

test("an order without an answer is told with what can be done", () => {
  const entry = (status) => ({ body: market, status, sentAt: Date.UTC(2026, 10, 27, 18, 0, 5) });
  assert.deepEqual(boxWords(entry("asking")).actions, []);
  assert.match(boxWords(entry("asking")).title, /^No answer yet: Buy 8,000 IBM · Market · Day$/);
  assert.deepEqual(boxWords(entry("absent")).actions, ["send", "drop"]);
  assert.match(boxWords(entry("absent")).words, /13:00:05.*price of now/);
  assert.match(boxWords({ ...entry("absent"), body: limit }).words, /limit stays 100.00/);
  const refused = boxWords({ ...entry("absent"), refusal: "trading in IBM is halted." });
  assert.deepEqual(refused.actions, ["send", "drop"]);
  assert.match(refused.words, /refused when it was sent again: trading in IBM is halted\. The first one \(.*may still be on its way/);
  assert.match(boxWords(entry("dropped")).words, /arrives all the same/);
  assert.equal(actionLabel("send", { body: market }), "Send it now at today's price");
  assert.equal(actionLabel("send", { body: limit }), "Send it now");
  const filled = { status: "filled", filled_qty: "8000", filled_avg_price: "212.39" };
  assert.match(boxWords(entry("arrived"), filled).words, /filled: 8,000 at 212.39/);
  assert.deepEqual(boxWords(entry("arrived"), { status: "new", filled_qty: "0" }).actions, ["cancel", "dismiss"]);
});

test("an order that is refused is called so, whoever refused it", () => {
  const names = ["OrderDenied", "OrderRejected", "OrderFilled"].map(eventName);
  assert.deepEqual(names, ["order refused", "order refused", "order filled"]);
});

test("events that share a second have their milliseconds", () => {
  const times = ["2026-11-27T18:00:05.012345Z", "2026-11-27T18:00:05.090000Z", "2026-11-27T18:00:09Z"];
  assert.deepEqual(times.map(timeWords(times)), ["13:00:05.012", "13:00:05.090", "13:00:09.000"]);
  assert.deepEqual(times.slice(1).map(timeWords(times.slice(1))), ["13:00:05", "13:00:09"]);
});
