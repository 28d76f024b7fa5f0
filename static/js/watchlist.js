/** The watchlist: a row per symbol, ticking, selectable. */

import { byId, el, flash, setNotice, setSigned, setText, syncRows } from "./dom.js";
import * as format from "./format.js";
import { isStale, tickAge } from "./state.js";
import { sourceWord } from "./words.js";

const shown = new WeakMap(); // row -> the last price it showed, to know which way it moved

function createRow(symbol, select) {
  const row = el("tr", { "data-testid": `watch-${symbol}`, "data-symbol": symbol },
    el("th", { scope: "row" }, el("button", { type: "button", class: "row-button" }, el("b", {}, symbol), el("small", {}, ""))),
    el("td", { class: "num last", "data-testid": `last-${symbol}` }),
    el("td", { class: "num change", "data-testid": `change-${symbol}` }),
  );
  row.addEventListener("click", () => select(symbol));
  return row;
}

function updateRow(row, symbol, state, nowMs) {
  const tick = state.ticks[symbol];
  const [name, last, change] = row.children;
  const isSelected = state.selected === symbol;
  const stale = isStale(state, symbol, nowMs);
  row.classList.toggle("selected", isSelected);
  const milliseconds = tickAge(state, symbol, nowMs);
  row.classList.toggle("stale", stale && milliseconds !== null);
  name.firstChild.setAttribute("aria-pressed", String(isSelected));
  const age = stale && milliseconds !== null ? `${format.age(milliseconds)} old` : null;
  setText(name.querySelector("small"), age ?? state.assets[symbol]?.name ?? "");
  last.title = tick?.src ? `from ${sourceWord(tick.src)}` : "";
  const price = tick?.lp ?? null;
  const before = shown.get(row) ?? null;
  if (setText(last, format.price(price)) && price !== null && before !== null) flash(last, Math.sign(price - before));
  shown.set(row, price);
  const ratio = format.changeRatio(tick?.pc, price);
  setSigned(change, format.signedPercent(ratio), format.direction(ratio));
}

/** Draw the watchlist. `select(symbol)` is called with the row that was chosen. */
export function showWatchlist(store, { select }) {
  const panel = byId("watchlist");
  const body = byId("watchlist-rows");
  const draw = (state) => {
    const now = Date.now();
    setNotice(panel, state.watchlist.length === 0
      ? "No instruments are loaded yet. An administrator loads them with the security master."
      : null);
    syncRows(body, state.watchlist, {
      key: (symbol) => symbol,
      create: (symbol) => createRow(symbol, select),
      update: (row, symbol) => updateRow(row, symbol, state, now),
    });
  };
  store.on(["ticks", "selected", "assets", "connection"], draw);
  setInterval(() => draw(store.state), 1000);
}

/** Keep the selected row in sight after the keyboard moved it; a focus inside the list goes along. */
export function revealSelected() {
  const body = byId("watchlist-rows");
  const row = body.querySelector(".selected");
  row?.scrollIntoView({ block: "nearest" });
  if (body.contains(document.activeElement)) row?.querySelector("button").focus();
}
