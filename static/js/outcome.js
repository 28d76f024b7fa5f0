/** What came of the order just sent: refused with reasons, or placed and followed live. */

import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { reasonWords } from "./order_reason.js";
import { reasonItem } from "./preview.js";
import { orderTerms, statusTone, statusWord } from "./words.js";

const boxes = ["refusal", "receipt"];

/** Show one of the boxes in the place of what is foreseen, or (null) that. */
function show(name) {
  byId("foresight").hidden = name !== null;
  for (const box of boxes) byId(box).hidden = box !== name;
}

export const clearOutcome = () => show(null);

export const isRefusalShown = () => !byId("refusal").hidden;

/** A refusal names every reason. */
export function drawRefusal(order, error) {
  setText(byId("refusal-title"), `Refused: ${orderTerms(order)}`);
  const reasons = error.violations?.length ? error.violations : [{ message: error.message }];
  byId("refusal-reasons").replaceChildren(...reasons.map(reasonItem));
  byId("refusal-sign-in").hidden = error.status !== 401;
  byId("refusal-link").hidden = !error.orderId;
  byId("refusal-link").href = `/orders#${error.orderId}`;
  show("refusal");
}

/** The placed order and where it stands; redrawn as the account's updates arrive. */
export function drawReceipt(order) {
  setText(byId("receipt-title"), orderTerms(order));
  const status = byId("receipt-status");
  status.dataset.tone = statusTone(order.status);
  setText(status, statusWord(order.status));
  const isFilled = Number(order.filled_qty) > 0;
  byId("receipt-words").replaceChildren(
    el("span", {}, isFilled
      ? `${format.quantity(order.filled_qty)} of ${format.quantity(order.qty ?? order.filled_qty)} filled at ${format.tradePrice(order.filled_avg_price)}`
      : reasonWords(order) || "Nothing filled yet"),
  );
  byId("receipt-link").href = `/orders#${order.id}`;
  show("receipt");
}
