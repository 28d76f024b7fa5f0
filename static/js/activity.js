/** The orders page: every order, filtered, each unfolding into its whole life. */

import { byId, cell, el, setNotice, syncRows } from "./dom.js";
import * as format from "./format.js";
import * as http from "./http.js";
import { pageOwner } from "./kept.js";
import { drawLife } from "./order_life.js";
import { reasonWords } from "./order_reason.js";
import { isOpen, orderWords, priceWord, sideWord, statusTone, statusWord, timeInForceWord } from "./words.js";

const LIMIT = 500;
const REFRESH_MS = 5000;

const COLUMNS = [
  ["Side", false], ["Quantity", true], ["Filled", true], ["Average price", true], ["Price", true],
  ["Lasts", false], ["Status", false], ["Sent, ET", true], ["Ended, ET", true],
];
const CELLS = COLUMNS.length + 2; // the symbol before them, the way to cancel after them

const filters = byId("filters");
const linked = /^#[0-9a-f-]{36}$/.test(location.hash) ? location.hash.slice(1) : null;
const unfolded = new Set(linked ? [linked] : []);

function toggle(id) {
  if (unfolded.has(id)) unfolded.delete(id);
  else unfolded.add(id);
  drawRows();
}

let orders = null;

function createPair({ order, part }) {
  if (part === "life") {
    const row = el("tr", { class: "life-row", "data-testid": `life-${order.id}` }, el("td", { colspan: String(CELLS) }, el("p", { class: "muted" }, "Loading the order's life.")));
    readLife(row, order.id);
    return row;
  }
  const button = el("button", { type: "button", class: "row-button", "data-testid": `unfold-${order.id}` },
    el("span", { class: "chevron", "aria-hidden": "true" }), el("b", {}, order.symbol));
  const row = el("tr", { class: "order-row", id: order.id, "data-testid": "order-row", "data-order": order.id },
    el("th", { scope: "row" }, button),
    ...COLUMNS.map(([label, isNumber]) => cell(label, { class: isNumber ? "num" : null })),
    el("td", { class: "num action" }, cancelButton(order)));
  row.addEventListener("click", () => toggle(order.id));
  return row;
}

/** The way to take an order back; its row hides it once the order is over. */
function cancelButton(order) {
  const button = el("button", { type: "button", class: "pill", "data-testid": `cancel-${order.id}`, "aria-label": `Cancel ${orderWords(order)}` }, "Cancel");
  button.addEventListener("click", async (event) => {
    event.stopPropagation(); // the row would unfold
    button.disabled = true;
    tell(null);
    try {
      await http.cancelOrder(order.id);
    } catch (error) {
      tell(`${orderWords(order)} was not canceled. ${error.message}`);
    }
    await read();
    button.disabled = false;
  });
  return button;
}

/** Say what went wrong above the list; null when nothing did. */
function tell(words) {
  const problem = byId("activity-problem");
  problem.hidden = words === null;
  problem.textContent = words ?? "";
}

function updatePair(row, { order, part }) {
  if (part === "life") return;
  const isUnfolded = unfolded.has(order.id);
  row.classList.toggle("unfolded", isUnfolded);
  row.querySelector("button").setAttribute("aria-expanded", String(isUnfolded));
  const [, side, qty, filled, average, price, terms, status, submitted, ended, action] = row.children;
  action.firstChild.hidden = !isOpen(order) || order.status === "pending_cancel";
  const size = order.qty === null ? format.money(order.notional) : format.quantity(order.qty);
  side.textContent = sideWord(order.side);
  side.className = order.side === "buy" ? "up" : "down";
  qty.textContent = size;
  filled.textContent = format.quantity(order.filled_qty);
  average.textContent = format.averagePrice(order.filled_avg_price);
  row.toggleAttribute("data-filled", Number(order.filled_qty) > 0); // then a short card shows what it cost
  terms.textContent = timeInForceWord(order.time_in_force);
  const told = reasonWords(order) || order.reason;
  const reason = told ? el("small", { class: "reason", "data-testid": "order-reason" }, told) : null;
  status.replaceChildren(el("span", { class: "status", "data-tone": statusTone(order.status) }, statusWord(order.status)), ...(reason ? [reason] : []));
  price.textContent = priceWord(order);
  submitted.textContent = format.dateTime(order.submitted_at);
  const over = order.filled_at ?? order.canceled_at ?? order.expired_at ?? order.failed_at;
  ended.textContent = isOpen(order) ? "" : format.dateTime(over ?? order.updated_at);
}

async function readLife(row, id) {
  const cell = row.firstChild;
  try {
    cell.replaceChildren(drawLife(await http.getOrderLife(id)));
  } catch (error) {
    const again = el("button", { type: "button", class: "pill" }, "Try again");
    again.addEventListener("click", () => readLife(row, id));
    cell.replaceChildren(el("p", { class: "muted" }, `The order's life could not be loaded. ${error.message} `, again));
  }
}

/** "Symbols that begin so: AAPL. ": the filter takes a whole one. */
function likeWords(typed) {
  const like = [...byId("symbols").children].map(({ value }) => value).filter((symbol) => symbol.startsWith(typed) && symbol !== typed);
  return like.length > 0 ? `Symbols that begin so: ${like.join(", ")}. ` : "";
}

function emptyWords() {
  const { status, symbol, from, to } = filters.elements;
  if (from.value && to.value && to.value < from.value) return "The days are reversed: From is after To.";
  if (from.value || to.value) return "No such orders in these days. Clear the days to see the rest.";
  if (status.value === "refused") return "No order was refused.";
  if (symbol.value) return `No ${status.value === "every" ? "" : `${status.value} `}orders in ${symbol.value.toUpperCase()}. ${likeWords(symbol.value.trim().toUpperCase())}Clear the symbol to see the rest.`;
  if (status.value === "open") return "No working orders.";
  if (status.value === "closed") return "No order has ended yet.";
  return "No orders yet. Place one on the trade page and its whole life is kept here.";
}

function drawRows() {
  const panel = byId("activity");
  setNotice(panel, orders.length === 0 ? emptyWords() : null);
  const parts = orders.flatMap((order) => [
    { order, part: "row" },
    ...(unfolded.has(order.id) ? [{ order, part: "life" }] : []),
  ]);
  syncRows(byId("activity-rows"), parts, {
    // A life is read again when its order has changed.
    key: ({ order, part }) => (part === "row" ? order.id : `${order.id}|${order.updated_at}`),
    create: createPair,
    update: updatePair,
  });
  byId("activity-count").textContent = orders.length === LIMIT ? `Newest ${LIMIT} orders` : `${orders.length} ${orders.length === 1 ? "order" : "orders"}`;
}

/** The order the address names, when the newest do not hold it. */
async function readLinked(listed) {
  const isListed = linked === null || listed.some(({ id }) => id === linked);
  const { status, symbol, from, to } = filters.elements;
  const isFiltered = status.value !== "every" || [symbol, from, to].some(({ value }) => value !== "");
  if (isListed || isFiltered) return [];
  try {
    return [await http.getOrder(linked)];
  } catch (error) {
    if (error.status === 404) return []; // not an order of this account
    throw error;
  }
}

/** Offer the symbols of these orders in the filter, beside those that the page came with. */
function offer(listed) {
  const options = byId("symbols");
  const offered = new Set([...options.children].map(({ value }) => value));
  const missing = [...new Set(listed.map(({ symbol }) => symbol))].filter((symbol) => !offered.has(symbol)).sort();
  options.append(...missing.map((value) => el("option", { value })));
}

/** Where the file is that holds what the filters let through; for whom, since a link sends no header. */
function exportAddress(wanted) {
  const query = new URLSearchParams(Object.entries({ user: pageOwner(), ...wanted }).filter(([, value]) => value));
  return `/orders.csv?${query}`;
}

/** "2026-11-27" -> "2026-11-28": a day is asked for up to the next one's beginning. */
function dayAfter(day) {
  if (!day) return "";
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

let token = 0; // a slow answer to an older filter must not overwrite a newer one

async function read() {
  const mine = ++token;
  const { status, symbol, from, to } = filters.elements;
  byId("export").href = exportAddress({ status: status.value, symbol: symbol.value, from: from.value, to: to.value });
  try {
    const listed = await http.listHistory({
      status: status.value, limit: LIMIT, symbols: symbol.value.trim().toUpperCase(), after: from.value, until: dayAfter(to.value),
    });
    const all = [...await readLinked(listed), ...listed];
    if (mine !== token) return;
    orders = all;
    offer(all);
    drawRows();
  } catch (error) {
    const words = `The orders could not be loaded. ${error.message} Trying again.`;
    if (orders === null) setNotice(byId("activity"), words);
    else byId("activity-count").textContent = words;
  }
}

filters.addEventListener("input", read);
filters.addEventListener("submit", (event) => event.preventDefault());
await read();
if (linked) byId(linked)?.scrollIntoView({ block: "center" });
setInterval(() => document.visibilityState === "visible" && read(), REFRESH_MS);
