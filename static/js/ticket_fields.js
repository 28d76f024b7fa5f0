/** The ticket's fields: read as the rules want them, drawn with their maximum and their problems. */

import { byId, setText } from "./dom.js";
import * as format from "./format.js";
import { maximum } from "./order_form.js";

/** Where a problem's field is on the page. */
export const FIELDS = { amount: "ticket-amount", limitPrice: "ticket-limit" };

const MAX_TITLES = {
  max: "The most that would be let through now. Press to use it.",
  held: "What you hold and do not sell already. Press to use it.",
  "to cover": "What you owe. Press to use it.",
};

const UNIT_HINTS = { shares: "Shares", dollars: "Dollars", percent: "Percent" };

/** A new ticket: buy, limit, day, shares, no quantity and no price. */
export function beginFields(form) {
  form.elements.side.value = "buy";
  byId("ticket-type").value = "limit";
  byId("ticket-tif").value = "day";
  form.elements.unit.value = "shares";
  byId("ticket-amount").value = "";
  byId("ticket-limit").value = "";
}

/** The fields as `order_form.js` wants them. */
export function readFields(form, symbol) {
  return {
    symbol,
    side: form.elements.side.value, // not FormData: that leaves out a disabled fieldset
    type: byId("ticket-type").value,
    timeInForce: byId("ticket-tif").value,
    unit: form.elements.unit.value,
    amount: byId("ticket-amount").value,
    limitPrice: byId("ticket-limit").value,
  };
}

const WRITE = { shares: format.quantity, dollars: format.money, percent: (amount) => `${amount} %` };

/** "max 470", "max $99,893.80", "max 100 %", "25 held": in the unit of the field. */
function maximumWords(unit, amount, words) {
  const size = WRITE[unit](amount);
  return words === "max" || unit === "percent" ? `max ${size}` : `${size} ${words}`;
}

function drawQuantity(fields, context, reading) {
  const { amount, words } = maximum(fields, context);
  const most = byId("ticket-max");
  most.hidden = amount === null;
  setText(most, amount === null ? "" : maximumWords(fields.unit, amount, words));
  most.title = MAX_TITLES[words] ?? "";
  byId("ticket-amount").placeholder = UNIT_HINTS[fields.unit];
  const hint = byId("ticket-shares");
  const isConverted = fields.unit !== "shares" && reading.qty !== null && reading.qty.sign > 0;
  hint.hidden = !isConverted;
  if (isConverted) setText(hint, `= ${format.quantity(reading.qty)} shares`);
}

function drawProblems(problems, touched) {
  for (const [field, id] of Object.entries(FIELDS)) {
    const problem = problems.find((entry) => entry.field === field);
    const isShown = problem !== undefined && touched.has(id);
    byId(id).setAttribute("aria-invalid", String(isShown));
    const words = byId(`${id}-problem`);
    words.hidden = !isShown;
    setText(words, isShown ? problem.message : "");
  }
}

/** Draw what the fields imply. Problems show only in fields a person has left (`touched`). */
export function drawFields({ fields, context, reading, touched }) {
  byId("ticket-panel").dataset.side = fields.side;
  setText(byId("ticket-symbol"), fields.symbol ?? "");
  const { position } = context;
  setText(byId("ticket-holding"), position ? `you hold ${format.quantity(position.qty)}` : "");
  byId("ticket-limit-field").hidden = fields.type !== "limit";
  drawQuantity(fields, context, reading);
  drawProblems(reading.problems, touched);
}
