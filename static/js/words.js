/** What the wire's words are called on screen. */

import * as format from "./format.js";
import { canceledWords } from "./order_reason.js";

const STATUS = {
  pending_new: "Sent",
  accepted: "Accepted",
  new: "Working",
  partially_filled: "Part filled",
  filled: "Filled",
  pending_cancel: "Canceling",
  canceled: "Canceled",
  rejected: "Refused",
  expired: "Expired",
};

const TIME_IN_FORCE = { day: "Day", gtc: "Until canceled", ioc: "Now or cancel", fok: "All or nothing" };

const SOURCE = {
  alpaca: "Alpaca",
  polygon: "Polygon",
  tiingo: "Tiingo",
  simulated: "Simulated",
  replay: "Replay",
};

const OPEN = new Set([
  "new", "accepted", "pending_new", "partially_filled", "held", "pending_cancel", "stopped",
  "suspended", "calculated", "done_for_day",
]);

const GOOD = new Set(["filled"]);
const BAD = new Set(["rejected"]);

/** Unknown words are shown as they came: hiding a status would be worse than an odd word. */
export const statusWord = (status) => STATUS[status] ?? status.replaceAll("_", " ");

/** "Alpaca"; of a feed of several sources, the best first: "Alpaca, Polygon". */
export const sourceWord = (name) => name.split(",").map((each) => SOURCE[each] ?? each).join(", ");

export const timeInForceWord = (timeInForce) => TIME_IN_FORCE[timeInForce] ?? timeInForce;

export const isOpen = (order) => OPEN.has(order.status);

/** "good", "bad", "open" or "done": how a status is coloured. */
export function statusTone(status) {
  if (GOOD.has(status)) return "good";
  if (BAD.has(status)) return "bad";
  return OPEN.has(status) ? "open" : "done";
}

export const sideWord = (side) => (side === "buy" ? "Buy" : "Sell");

/** "Limit 183.02" or "Market" */
export function priceWord({ type, limit_price: limit = null }) {
  return type === "limit" ? `Limit ${format.price(limit)}` : "Market";
}

/** "Buy 100 IBM · Limit 183.02", "Buy $500 of IBM · Market" */
export function orderWords(order) {
  const size = order.qty == null ? `${format.money(order.notional).replace(/\.00$/, "")} of` : format.quantity(order.qty);
  return `${sideWord(order.side)} ${size} ${order.symbol} · ${priceWord(order)}`;
}

/** "Buy 100 IBM · Limit 183.02 · Day": the whole order, with how long it lasts. */
export const orderTerms = (order) => `${orderWords(order)} · ${timeInForceWord(order.time_in_force)}`;

/**
 * Where an order has come to, in one sentence for the screen reader and the toast; null while nothing
 * happened that a person must hear of.
 */
export function orderSentence(order) {
  const { side, symbol, status } = order;
  const all = format.quantity(order.qty ?? order.filled_qty);
  const price = format.tradePrice(order.filled_avg_price);
  const isFilled = Number(order.filled_qty) > 0;
  const did = side === "buy" ? "Bought" : "Sold";
  const rest = `${sideWord(side).toLowerCase()} ${all} ${symbol}${isFilled ? `, ${format.quantity(order.filled_qty)} of it filled at ${price}` : ""}`;
  switch (status) {
    case "filled": return `${did} ${all} ${symbol} at ${price}. Order complete.`;
    case "partially_filled": return `${did} ${format.quantity(order.filled_qty)} of ${all} ${symbol} at ${price}. The rest is working.`;
    case "canceled": return `${format.sentence(rest)}${isFilled ? "," : ""} ${canceledWords(order).replace(/^Canceled/, "canceled")}.`;
    case "expired": return `Expired: ${rest}.`;
    case "rejected": return `Refused: ${rest}.`;
    default: return null;
  }
}

/** "good", "bad" or "plain": how that sentence is toned. */
export function sentenceTone({ status }) {
  if (status === "filled" || status === "partially_filled") return "good";
  return status === "rejected" ? "bad" : "plain";
}
