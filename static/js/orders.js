/** Working orders with their cancel buttons, and recent orders that are over. */

import { announce } from "./announce.js";
import { byId, cell, el, setNotice, setText, syncRows, unfoldable } from "./dom.js";
import * as format from "./format.js";
import * as http from "./http.js";
import { tableNotice } from "./positions.js";
import { reasonWords } from "./order_reason.js";
import { applyOrder, closedOrders, openOrders } from "./state.js";
import { orderSentence, orderWords, priceWord, sideWord, statusTone, statusWord, timeInForceWord } from "./words.js";

const RECENT_ROWS = 50;

const sizeWords = (order) => (order.qty === null ? format.money(order.notional) : format.quantity(order.qty));

function sideCell(order) {
  return cell("Side", { class: order.side === "buy" ? "up" : "down" }, sideWord(order.side));
}

/** Ask for a cancel, and say what came of it. */
export async function cancelOrder(store, id) {
  const order = store.state.orders?.[id];
  if (!order) return;
  try {
    await http.cancelOrder(id);
    const changed = await http.getOrder(id);
    store.change((state) => applyOrder(state, changed), "orders");
    const now = store.state.orders[id]; // the account's own news may have been faster
    announce(orderSentence(now) ?? `Cancel sent: ${orderWords(order)}.`, "plain", { key: id });
  } catch (error) {
    announce(`Not canceled. ${error.message}`, "bad", { key: id });
  }
}

function createWorking(order, store) {
  const button = el("button", { type: "button", class: "pill", "data-testid": `cancel-${order.id}`, "aria-label": `Cancel ${orderWords(order)}` }, "Cancel");
  button.addEventListener("click", async () => {
    button.disabled = true;
    await cancelOrder(store, order.id);
    button.disabled = false;
  });
  const row = el("tr", { "data-testid": "working-order", "data-order": order.id, tabindex: "-1" },
    el("th", { scope: "row" }, el("b", {}, order.symbol)),
    sideCell(order),
    cell("Quantity", { class: "num" }, sizeWords(order)),
    cell("Filled", { class: "num", "data-testid": `filled-${order.id}` }),
    cell("Price", { class: "num" }, priceWord(order)),
    cell("Lasts", {}, timeInForceWord(order.time_in_force)),
    cell("Status", {}, el("span", { class: "status", "data-testid": `status-${order.id}` }), el("small", { class: "reason" })),
    cell("Sent, ET", { class: "num" }, format.time(order.submitted_at)),
    el("td", { class: "num action" }, button),
  );
  return unfoldable(row, orderWords(order));
}

function updateStatus(element, order) {
  element.dataset.tone = statusTone(order.status);
  setText(element, statusWord(order.status));
  setText(element.nextElementSibling, reasonWords(order));
}

function updateWorking(row, order) {
  setText(row.children[3], format.quantity(order.filled_qty));
  updateStatus(row.querySelector(".status"), order);
}

function createRecent(order) {
  const row = el("tr", { "data-testid": "recent-order", "data-order": order.id },
    el("th", { scope: "row" }, el("a", { href: `/orders#${order.id}`, title: "Every event, check and execution of this order" }, el("b", {}, order.symbol))),
    sideCell(order),
    cell("Quantity", { class: "num" }, sizeWords(order)),
    cell("Filled", { class: "num" }),
    cell("Average price", { class: "num" }),
    cell("Price", { class: "num" }, priceWord(order)),
    cell("Status", {}, el("span", { class: "status" }), el("small", { class: "reason", "data-testid": `reason-${order.id}` })),
    cell("Time, ET", { class: "num" }, format.time(order.filled_at ?? order.updated_at)),
  );
  return unfoldable(row, orderWords(order));
}

function updateRecent(row, order) {
  setText(row.children[3], format.quantity(order.filled_qty));
  setText(row.children[4], format.averagePrice(order.filled_avg_price));
  row.toggleAttribute("data-filled", Number(order.filled_qty) > 0); // then a short card shows what it cost
  updateStatus(row.querySelector(".status"), order);
}

/** Draw both tables and keep them true. */
export function showOrders(store) {
  const key = ({ id }) => id;
  const draw = (state) => {
    const working = openOrders(state);
    setNotice(byId("orders"), tableNotice(state, working, "No working orders. A limit order away from the market waits here until it fills."));
    setText(byId("orders-count"), working ? String(working.length) : "");
    syncRows(byId("orders-rows"), working ?? [], { key, create: (order) => createWorking(order, store), update: updateWorking });
    const recent = closedOrders(state)?.slice(0, RECENT_ROWS) ?? null;
    setNotice(byId("recent"), tableNotice(state, recent, "Nothing has filled, been canceled or refused yet."));
    syncRows(byId("recent-rows"), recent ?? [], { key, create: createRecent, update: updateRecent });
  };
  store.on(["orders", "connection"], draw);
}
