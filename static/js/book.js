/** The book panel: the best bid and offer, and below them ten levels a side where the source has depth. */

import { Decimal } from "./decimal.js";
import { byId, el, setText, syncRows } from "./dom.js";
import * as format from "./format.js";
import { isQuoteStale, quoteAge } from "./state.js";

const TWO = Decimal.parse("2");

/**
 * One row for each rank, best first: `{rank, bid, ask}` where a side is `{px, size, share}` or null
 * if it has no such level. `share` is the size as a part of the largest one shown.
 */
export function rungs({ bids, asks }) {
  const largest = Math.max(1, ...bids.map(([, size]) => size), ...asks.map(([, size]) => size));
  const side = (level) => level && { px: level[0], size: level[1], share: level[1] / largest };
  return Array.from({ length: Math.max(bids.length, asks.length) }, (_, rank) => ({
    rank, bid: side(bids[rank] ?? null), ask: side(asks[rank] ?? null),
  }));
}

/** The book to show for the selected symbol; null when its source tells none. */
export function shownBook({ book, selected }) {
  return book?.S === selected && book.bids.length + book.asks.length > 0 ? book : null;
}

const AGE_SAID_FROM_MS = 5000; // a market order needs a younger quote

/** How old the bid and offer are, in words; null while they are of now, or there are none. */
export function ageWords(state, nowMs) {
  const milliseconds = quoteAge(state, state.selected, nowMs);
  if (milliseconds === null || milliseconds < AGE_SAID_FROM_MS) return null;
  return `Quote ${format.age(milliseconds)} old`;
}

/** Why there are no price levels where there were some (`had`: of which symbols); null if none are missed. */
export function ladderWords(state, had) {
  if (shownBook(state) !== null || !had.has(state.selected)) return null;
  if (state.quotesSocket.status !== "open") return "No price levels: the connection is lost.";
  if (state.feed?.connected === false) return "No price levels: the price feed has stopped.";
  return `The price levels of ${state.selected} were lost: what the source sent of them has a gap or cannot be true. They come back with its next whole book.`;
}

function drawTop(tick) {
  setText(byId("book-bid"), format.price(tick?.bp));
  setText(byId("book-ask"), format.price(tick?.ap));
  setText(byId("book-bid-size"), format.quantity(tick?.bs));
  setText(byId("book-ask-size"), format.quantity(tick?.as));
  const bid = Decimal.from(tick?.bp);
  const ask = Decimal.from(tick?.ap);
  const isTwoSided = bid !== null && ask !== null;
  const places = format.pricePlaces(bid);
  setText(byId("book-spread"), isTwoSided ? `${ask.minus(bid).toPlaces(places)}` : format.UNKNOWN);
  setText(byId("book-mid"), isTwoSided ? format.exactPrice(bid.plus(ask).dividedBy(TWO, places + 1)) : format.UNKNOWN);
  const total = (tick?.bs ?? 0) + (tick?.as ?? 0);
  byId("book-balance").value = total > 0 ? (tick.bs ?? 0) / total : 0.5;
}

function drawAge(words) {
  byId("book-age").hidden = words === null;
  byId("book-hint").hidden = words !== null;
  setText(byId("book-age"), words ?? "");
}

function createRung() {
  const cells = ["bid-size", "bid-price", "ask-price", "ask-size"];
  return el("tr", { "data-testid": "book-level" }, ...cells.map((name) => el("td", { class: `num ${name}` })));
}

function updateRung(row, { bid, ask }) {
  const [bidSize, bidPrice, askPrice, askSize] = row.children;
  setText(bidSize, bid ? format.quantity(bid.size) : "");
  setText(bidPrice, bid ? format.price(bid.px) : "");
  setText(askPrice, ask ? format.price(ask.px) : "");
  setText(askSize, ask ? format.quantity(ask.size) : "");
  bidPrice.style.backgroundSize = `${Math.round((bid?.share ?? 0) * 100)}% 100%`;
  askPrice.style.backgroundSize = `${Math.round((ask?.share ?? 0) * 100)}% 100%`;
}

function drawLadder(book, words) {
  setText(byId("book-title"), book ? "Book" : "Top of book");
  byId("book-lost").hidden = words === null;
  setText(byId("book-lost"), words ?? "");
  byId("book-ladder").hidden = book === null;
  syncRows(byId("book-levels"), book ? rungs(book) : [], {
    key: ({ rank }) => rank, create: createRung, update: updateRung,
  });
}

/**
 * Draw the panel and keep it true. `usePrice(name)` is called when the best bid or offer is pressed,
 * `follow(symbol)` when another symbol's book is wanted.
 */
export function showBook(store, { usePrice, follow }) {
  const had = new Set(); // symbols whose levels were told since the page was opened
  const draw = () => {
    const { state } = store;
    const book = shownBook(state);
    if (book) had.add(state.selected);
    byId("book").classList.toggle("stale", isQuoteStale(state, state.selected, Date.now()));
    drawAge(ageWords(state, Date.now()));
    drawTop(state.ticks[state.selected]);
    drawLadder(book, ladderWords(state, had));
  };
  byId("book-bid-button").addEventListener("click", () => usePrice("bid"));
  byId("book-ask-button").addEventListener("click", () => usePrice("ask"));
  store.on(["ticks", "selected", "book", "connection", "feed"], draw);
  store.on(["selected"], ({ selected }) => follow(selected));
  setInterval(draw, 1000);
}
