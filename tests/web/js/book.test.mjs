import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { matchMedia: () => ({ matches: false }) }; // all the page this module needs to load

const { rungs, shownBook } = await import("../../../static/js/book.js");

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
