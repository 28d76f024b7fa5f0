/** The box of an order whose fate is not known: what is known of it, and what a person may do. */

import { el, setText } from "./dom.js";
import * as format from "./format.js";
import { isOpen, orderTerms, statusWord } from "./words.js";

const TITLES = {
  sending: "Sending again",
  asking: "No answer yet",
  absent: "Not placed so far",
  dropped: "Dropped",
  arrived: "Dropped, but it has arrived",
};

/** {title, words, actions} for an intention; `order` is what the server has of it, or undefined. */
export function boxWords({ body, status, sentAt, refusal }, order) {
  const title = `${TITLES[status]}: ${orderTerms(body)}`;
  const sent = `sent at ${format.time(sentAt)}`;
  const price = body.type === "market" ? "A market order takes the price of now." : `Its limit stays ${format.price(body.limit_price)}.`;
  switch (status) {
    case "asking": return { title, actions: [], words: `The connection broke before the answer (${sent}). The server is asked by itself, so there is nothing to do; other symbols can be traded.` };
    case "absent": return { title, actions: ["send", "drop"], words: `${absentWords(refusal, sent)} ${price} Sent or not, it cannot be placed twice.` };
    case "dropped": return { title, actions: ["dismiss"], words: "It is not sent again. If it is still on its way and arrives all the same, this page says so." };
    case "arrived": return {
      title,
      actions: order && isOpen(order) ? ["cancel", "dismiss"] : ["dismiss"],
      words: order ? `It was on its way when it was dropped. It is ${arrivedWords(order)} now.` : "It was on its way when it was dropped.",
    };
    default: return { title, actions: [], words: "Waiting for the answer." };
  }
}

function absentWords(refusal, sent) {
  if (!refusal) return `The server does not know this order (${sent}).`;
  return `It was refused when it was sent again: ${refusal.replace(/\.$/, "")}. The first one (${sent}) may still be on its way; if it arrives, this page says so.`;
}

function arrivedWords(order) {
  const word = statusWord(order.status).toLowerCase();
  const isFilled = Number(order.filled_qty) > 0;
  return isFilled ? `${word}: ${format.quantity(order.filled_qty)} at ${format.tradePrice(order.filled_avg_price)}` : word;
}

const LABELS = { send: "Send it now", drop: "Drop it", cancel: "Cancel it", dismiss: "Dismiss" };

/** What the button of an action says: a market order takes today's price, a limit order keeps its own. */
export function actionLabel(name, { body }) {
  return name === "send" && body.type === "market" ? `${LABELS.send} at today's price` : LABELS[name];
}

/** Make a box; `actions` are called by its buttons, `cancel` with the order. */
export function createBox(entry, actions) {
  const box = el("div", { class: "outcome warn", role: "alert", "data-testid": "unsettled" },
    el("b", { "data-testid": "unsettled-title" }), el("p", { "data-testid": "unsettled-words" }));
  const buttons = Object.keys(LABELS).map((name) => {
    const button = el("button", { class: "pill", type: "button", "data-testid": `unsettled-${name}`, "data-act": name }, actionLabel(name, entry));
    button.addEventListener("click", () => actions[name](box.order));
    return button;
  });
  box.append(el("div", { class: "outcome-actions" }, ...buttons));
  return box;
}

/** Fill a box with what is known now. */
export function updateBox(box, entry, order) {
  const { title, words, actions } = boxWords(entry, order);
  box.order = order;
  box.dataset.status = entry.status;
  setText(box.querySelector("b"), title);
  setText(box.querySelector("p"), words);
  for (const button of box.querySelectorAll("button")) button.hidden = !actions.includes(button.dataset.act);
}
