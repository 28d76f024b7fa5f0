/** The positions table: live results at the newest prices. */

import { byId, cell, el, setNotice, setSigned, setText, syncRows } from "./dom.js";
import * as format from "./format.js";
import { totalPositions, valuePosition } from "./marks.js";
import { isStale } from "./state.js";

function createRow({ symbol }, { select, close }) {
  const button = el("button", { type: "button", class: "pill", "data-testid": `close-${symbol}`, "aria-label": `Close ${symbol}: fill the ticket` }, "Close");
  const number = (label, name) => cell(label, { class: "num", "data-testid": `position-${symbol}-${name}` });
  const row = el("tr", { "data-testid": `position-${symbol}` },
    el("th", { scope: "row" }, el("button", { type: "button", class: "row-button" }, el("b", {}, symbol))),
    number("Quantity", "qty"), number("Average cost", "cost"), number("Last", "last"),
    number("Value $", "value"), number("Day P&L $", "day"), number("Total P&L $", "total"),
    el("td", { class: "num action" }, button),
  );
  row.querySelector("th button").addEventListener("click", () => select(symbol));
  button.addEventListener("click", () => close(symbol));
  return row;
}

function updateRow(row, position, state) {
  const live = valuePosition(position, state.ticks[position.symbol]);
  const [, qty, cost, last, value, day, total] = row.children;
  row.classList.toggle("stale", isStale(state, position.symbol, Date.now()));
  setText(qty, format.quantity(position.qty));
  setText(cost, format.averagePrice(position.avg_entry_price));
  setText(last, format.price(live.mark));
  setText(value, format.amount(live.value));
  setSigned(day, format.signedAmount(live.dayPl), format.direction(live.dayPl));
  setSigned(total, format.signedAmount(live.totalPl), format.direction(live.totalPl));
}

function drawTotal(rows, ticks) {
  const foot = byId("positions-total");
  foot.hidden = rows.length < 2;
  const { value, dayPl, totalPl } = totalPositions(rows, ticks);
  const [, valueCell, dayCell, totalCell] = foot.rows[0].cells;
  setText(valueCell, format.amount(value));
  setSigned(dayCell, format.signedAmount(dayPl), format.direction(dayPl));
  setSigned(totalCell, format.signedAmount(totalPl), format.direction(totalPl));
}

/** Words for a table that has nothing to show; null when it has. */
export function tableNotice(state, rows, empty) {
  if (rows !== null) return rows.length === 0 ? empty : null;
  if (state.accountSocket.status === "ended") return "Your session has ended. Sign in again to see this.";
  if (state.accountSocket.status === "offline") return "You are offline. This loads as soon as you are back.";
  if (state.accountError) return `This could not be loaded. ${state.accountError} Trying again.`;
  return "Loading.";
}

/** Draw the positions. `close(symbol)` is asked to fill the ticket with the way out. */
export function showPositions(store, { select, close }) {
  const panel = byId("positions");
  const draw = (state) => {
    const rows = state.positions && Object.values(state.positions).sort((a, b) => a.symbol.localeCompare(b.symbol));
    setNotice(panel, tableNotice(state, rows, "No positions. Buy something with the ticket and it appears here."));
    setText(byId("positions-count"), rows ? String(rows.length) : "");
    syncRows(byId("positions-rows"), rows ?? [], {
      key: ({ symbol }) => symbol,
      create: (position) => createRow(position, { select, close }),
      update: (row, position) => updateRow(row, position, state),
    });
    drawTotal(rows ?? [], state.ticks);
  };
  store.on(["positions", "ticks", "connection"], draw);
}
