/** What came of the order just sent: refused with reasons, unknown, or placed and followed live. */

import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { reasonWords } from "./order_reason.js";
import { reasonItem } from "./preview.js";
import { orderWords, statusTone, statusWord } from "./words.js";

const boxes = ["refusal", "unsettled", "receipt"];

/** Show one of the boxes in the preview's place, or (null) the preview. */
function show(name) {
  byId("preview").hidden = name !== null;
  for (const box of boxes) byId(box).hidden = box !== name;
}

export const clearOutcome = () => show(null);

/** A refusal names every reason. */
export function drawRefusal(order, error) {
  setText(byId("refusal-title"), `Refused: ${orderWords(order)}`);
  const reasons = error.violations?.length ? error.violations : [{ message: error.message }];
  byId("refusal-reasons").replaceChildren(...reasons.map(reasonItem));
  byId("refusal-sign-in").hidden = error.status !== 401;
  byId("refusal-link").hidden = !error.orderId;
  byId("refusal-link").href = `/orders#${error.orderId}`;
  show("refusal");
}

/** No answer came: say what is known and that asking again cannot order twice. */
export function drawUnsettled(body, isAbsent) {
  setText(byId("unsettled-title"), `No answer yet: ${orderWords({ ...body, limit_price: body.limit_price ?? null })}`);
  setText(byId("unsettled-words"), isAbsent
    ? "The order has not arrived so far. Sending it again is safe: it carries the same number, so it cannot be placed twice."
    : "The connection broke before the answer. Ask again: the order carries a number, so it cannot be placed twice.");
  show("unsettled");
}

/** The placed order and where it stands; redrawn as the account's updates arrive. */
export function drawReceipt(order) {
  setText(byId("receipt-title"), orderWords(order));
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
