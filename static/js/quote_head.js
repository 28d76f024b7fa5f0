/** The selected symbol's numbers: the chart's heading and the top of its book. */

import { byId, flash, setSigned, setText } from "./dom.js";
import { Decimal } from "./decimal.js";
import * as format from "./format.js";
import { isStale, tickAge } from "./state.js";

const TWO = Decimal.parse("2");

function drawHead(state, tick, stale) {
  const { selected } = state;
  setText(byId("quote-symbol"), selected ?? format.UNKNOWN);
  setText(byId("quote-name"), state.assets[selected]?.name ?? "");
  const last = byId("quote-last");
  const before = last.dataset.price;
  const isSame = last.dataset.symbol === selected;
  if (setText(last, format.price(tick?.lp)) && isSame && before) flash(last, Math.sign(tick.lp - Number(before)));
  last.dataset.price = tick?.lp ?? "";
  last.dataset.symbol = selected ?? "";
  const ratio = format.changeRatio(tick?.pc, tick?.lp);
  const change = ratio === null ? null : Decimal.from(tick.lp).minus(Decimal.from(tick.pc));
  const words = ratio === null
    ? (tick ? "no previous close" : "")
    : `${format.signedPrice(change, format.pricePlaces(tick.lp))} ${format.signedPercent(ratio)}`;
  setSigned(byId("quote-change"), words, format.direction(change));
  byId("quote-head").classList.toggle("stale", stale);
  const age = byId("quote-age");
  const milliseconds = tickAge(state, selected, Date.now());
  age.hidden = !stale || !tick;
  if (tick) setText(age, milliseconds === null ? "No prices" : `Stale · ${format.age(milliseconds)} old`);
}

function drawBook(state, tick, stale) {
  byId("book").classList.toggle("stale", stale);
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

/** Draw both and keep them true. `usePrice(text)` is called when a price is pressed. */
export function showQuote(store, { usePrice }) {
  const draw = () => {
    const { state } = store;
    const tick = state.ticks[state.selected];
    const stale = isStale(state, state.selected, Date.now());
    drawHead(state, tick, stale);
    drawBook(state, tick, stale);
    document.title = tick?.lp == null ? "Trade · Openbell" : `${state.selected} ${format.price(tick.lp)} · Openbell`;
  };
  byId("book-bid-button").addEventListener("click", () => usePrice("bid"));
  byId("book-ask-button").addEventListener("click", () => usePrice("ask"));
  store.on(["ticks", "selected", "assets", "connection"], draw);
  setInterval(draw, 1000);
}
