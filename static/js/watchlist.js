/** The watchlist: a row per symbol, ticking, selectable; rows of the trader's own can be taken away. */

import { byId, el, flash, setNotice, setSigned, setText, syncRows } from "./dom.js";
import * as format from "./format.js";
import { haltOf } from "./halts.js";
import { isNotRecorded } from "./replay.js";
import { isStale, removableRows, tickAge } from "./state.js";
import { sourceWord } from "./words.js";

const shown = new WeakMap(); // row -> the last price it showed, to know which way it moved

function createRow(symbol, { select, remove }) {
  const words = `Remove ${symbol} from the watchlist`;
  const away = el("button", { type: "button", class: "remove", "aria-label": words, title: words, "data-testid": `remove-${symbol}` }, "✕");
  const row = el("tr", { "data-testid": `watch-${symbol}`, "data-symbol": symbol },
    el("th", { scope: "row" }, el("button", { type: "button", class: "row-button" }, el("b", {}, symbol), el("span", { class: "badge halted", "data-testid": `halted-${symbol}`, hidden: "" }, "Halted"), el("small", {}, "")), away),
    el("td", { class: "num last", "data-testid": `last-${symbol}` }),
    el("td", { class: "num change", "data-testid": `change-${symbol}` }),
  );
  row.addEventListener("click", () => select(symbol));
  away.addEventListener("click", (event) => {
    event.stopPropagation(); // it does not select the row as well
    const next = row.nextElementSibling ?? row.previousElementSibling;
    next?.querySelector("button").focus({ preventScroll: true }); // the keyboard stays in the list
    remove(symbol);
  });
  return row;
}

function updateRow(row, symbol, state, { nowMs, isRemovable }) {
  const tick = state.ticks[symbol];
  const [name, last, change] = row.children;
  const isSelected = state.selected === symbol;
  const stale = isStale(state, symbol, nowMs);
  row.classList.toggle("selected", isSelected);
  const milliseconds = tickAge(state, symbol, nowMs);
  row.classList.toggle("stale", stale && milliseconds !== null);
  name.firstChild.setAttribute("aria-pressed", String(isSelected));
  row.classList.toggle("removable", isRemovable);
  name.lastChild.hidden = !isRemovable;
  const age = stale && milliseconds !== null ? `${format.age(milliseconds)} old` : null;
  const missing = isNotRecorded(state, symbol) ? "not in this recording" : null;
  setText(name.querySelector("small"), missing ?? age ?? state.assets[symbol]?.name ?? "");
  const halt = haltOf(state, symbol);
  const badge = name.querySelector(".halted");
  badge.hidden = halt === null;
  badge.title = halt ? format.sentence(halt.words) : "";
  last.title = tick?.src ? `from ${sourceWord(tick.src)}` : "";
  const price = tick?.lp ?? null;
  const before = shown.get(row) ?? null;
  if (setText(last, format.price(price)) && price !== null && before !== null) flash(last, Math.sign(price - before));
  shown.set(row, price);
  const ratio = format.changeRatio(tick?.pc, price);
  setSigned(change, format.signedPercent(ratio), format.direction(ratio));
}

/** Draw the watchlist. `select(symbol)` and `remove(symbol)` are called with the row that was meant. */
export function showWatchlist(store, { select, remove }) {
  const panel = byId("watchlist");
  const body = byId("watchlist-rows");
  const draw = (state) => {
    const nowMs = Date.now();
    const removable = removableRows(state);
    setNotice(panel, state.watchlist.length === 0
      ? "No instrument is followed yet. Search a symbol or a company, and it appears here."
      : null);
    syncRows(body, state.watchlist, {
      key: (symbol) => symbol,
      create: (symbol) => createRow(symbol, { select, remove }),
      update: (row, symbol) => updateRow(row, symbol, state, { nowMs, isRemovable: removable.has(symbol) }),
    });
  };
  store.on(["watchlist", "ticks", "selected", "assets", "positions", "orders", "connection", "halts"], draw);
  store.on(["selected"], revealSelected);
  setInterval(() => draw(store.state), 1000);
}

/** Keep the selected row in sight: it may be a new one, at the end. A focus inside the list goes along. */
function revealSelected() {
  const body = byId("watchlist-rows");
  const row = body.querySelector(".selected");
  row?.scrollIntoView({ block: "nearest" });
  if (body.contains(document.activeElement)) row?.querySelector("button").focus();
}
