import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { matchMedia: () => ({ matches: false }) }; // all the page these modules need to load

const { haltNews, haltOf } = await import("../../../static/js/halts.js");

const ibm = { symbol: "IBM", words: "trading in IBM is halted", refuses: true };
const pause = { symbol: "IBM", words: "trading in IBM is halted: News pending", refuses: false };
const firm = { symbol: null, words: "all trading is halted", refuses: true };
const words = (before, now) => haltNews(before, now).map((news) => news.words);

test("a symbol is halted by what names it or names none, first by what refuses orders", () => {
  assert.equal(haltOf({ halts: [pause, ibm] }, "IBM"), ibm);
  assert.equal(haltOf({ halts: [ibm] }, "AAPL"), null);
  assert.equal(haltOf({ halts: [firm] }, "AAPL"), firm);
  assert.equal(haltOf({ halts: null }, "AAPL"), null);
});

test("what begins and what ends is told in a line, and nothing with the first answer", () => {
  assert.deepEqual(words(null, [ibm]), []);
  assert.deepEqual(words([], [ibm]), ["Trading in IBM is halted."]);
  assert.deepEqual(words([ibm], []), ["Trading in IBM has resumed."]);
  assert.deepEqual(words([pause], []), ["Trading in IBM has resumed."]);
  assert.deepEqual(words([firm], []), ["All trading has resumed."]);
  assert.deepEqual(words([ibm], [ibm]), []);
});

test("nothing is said to resume that another halt still keeps", () => {
  assert.deepEqual(words([pause, ibm], [pause]), []);
  assert.deepEqual(words([ibm, firm], [firm]), []);
});
