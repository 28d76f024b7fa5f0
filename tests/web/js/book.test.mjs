import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { matchMedia: () => ({ matches: false }) }; // all the page this module needs to load

const { ageWords, ladderWords, rungs, shownBook } = await import("../../../static/js/book.js");

const { isQuoteStale, isStale } = await import("../../../static/js/state.js");

const book = { S: "IBM", bids: [[182.44, 200], [182.43, 400]], asks: [[182.5, 100]] };

test("levels of one rank stand in one row, and a missing one is empty", () => {
  assert.deepEqual(rungs(book), [
    { rank: 0, bid: { px: 182.44, size: 200, share: 0.5 }, ask: { px: 182.5, size: 100, share: 0.25 } },
    { rank: 1, bid: { px: 182.43, size: 400, share: 1 }, ask: null },
  ]);
  assert.deepEqual(rungs({ bids: [], asks: [] }), []);
});

test("a book is shown for the selected symbol only, and only if its source has depth", () => {
  assert.equal(shownBook({ book, selected: "IBM" }), book);
  assert.equal(shownBook({ book, selected: "BAC" }), null);
  assert.equal(shownBook({ book: null, selected: "IBM" }), null);
  assert.equal(shownBook({ book: { S: "IBM", bids: [], asks: [] }, selected: "IBM" }), null);
});

const open = { status: "open" };
const NOW = 1_000_000;
const at = (changes = {}) => ({
  selected: "IBM", skewMs: 0, quotesSocket: open, feed: { connected: true }, book: null,
  ticks: { IBM: { bp: 182.44, ap: 182.5, t: NOW - 100, qt: NOW - 76_000, ...changes } },
});

test("a quote that stands still is old, whatever trades", () => {
  assert.equal(isQuoteStale(at(), "IBM", NOW), true);
  assert.equal(isStale(at(), "IBM", NOW), false); // its last price is of now
  assert.equal(ageWords(at(), NOW), "Quote 1 min old");
  assert.equal(ageWords(at({ qt: NOW - 12_000 }), NOW), "Quote 12 s old");
  assert.equal(ageWords(at({ qt: NOW - 4000 }), NOW), null);
  assert.equal(ageWords(at({ qt: null }), NOW), null);
  assert.equal(isQuoteStale(at({ qt: null }), "IBM", NOW), true); // unknown is not fresh
  assert.equal(isQuoteStale(at({ qt: NOW - 4000 }), "IBM", NOW), false);
  assert.equal(isQuoteStale({ ...at({ qt: NOW }), quotesSocket: { status: "waiting" } }, "IBM", NOW), true);
});

test("price levels that were there and are lost are missed, with the reason", () => {
  const had = new Set(["IBM"]);
  assert.equal(ladderWords(at(), new Set()), null); // its source never told any
  assert.match(ladderWords(at(), had), /IBM were lost.*next whole book/);
  assert.match(ladderWords({ ...at(), quotesSocket: { status: "waiting" } }, had), /connection/);
  assert.match(ladderWords({ ...at(), feed: { connected: false } }, had), /feed has stopped/);
  assert.equal(ladderWords({ ...at(), book }, had), null);
});
