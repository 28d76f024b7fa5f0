import assert from "node:assert/strict";
import test from "node:test";

const toasts = [];
globalThis.window = { matchMedia: () => ({ matches: false }) }; // all the page this module needs to load
globalThis.document = {
  getElementById: (id) => (id === "toasts" ? { append: (line) => toasts.push(line) } : { replaceChildren: () => {} }),
  createElement: () => {
    const line = { setAttribute: () => {}, append: () => {}, remove: () => toasts.splice(toasts.indexOf(line), 1) };
    return line;
  },
};

const { announce } = await import("../../../static/js/announce.js");

const said = () => toasts.map(({ textContent }) => textContent);

test("what happens to one order is one line that says the newest, and the lines are few", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  announce("Bought 1 of 3", "good", { key: "a" });
  announce("Bought 2 of 3", "good", { key: "a" });
  assert.deepEqual(said(), ["Bought 2 of 3"]);
  announce("Canceled: buy 5", "plain", { key: "b" });
  announce("Bought 3 of 3", "good", { key: "a" });
  assert.deepEqual(said(), ["Canceled: buy 5", "Bought 3 of 3"]);
  announce("Not canceled", "bad");
  assert.deepEqual(said(), ["Bought 3 of 3", "Not canceled"]);
  t.mock.timers.tick(7999);
  assert.equal(said().length, 2);
  t.mock.timers.tick(1);
  assert.deepEqual(said(), []);
});

test("a line that says something new is shown for its whole time again", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  announce("one", "plain", { key: "a" });
  t.mock.timers.tick(5000);
  announce("two", "plain", { key: "a" });
  t.mock.timers.tick(5000);
  assert.deepEqual(said(), ["two"]);
  t.mock.timers.tick(3000);
  assert.deepEqual(said(), []);
});
