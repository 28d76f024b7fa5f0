/** What a preview says in words. Pure. */

import { Decimal } from "./decimal.js";
import * as format from "./format.js";

/** The reasons, each {message, ...}, why an order would be refused; empty when it would not. */
export function failuresOf({ result, error }) {
  if (result) return result.checks.filter((check) => !check.passed);
  if (error?.violations?.length) return error.violations;
  return error?.code ? [{ message: error.message }] : [];
}

const isImmediate = ({ time_in_force: lasting }) => lasting === "ioc" || lasting === "fok";

/** What a rest that waits is waiting for. */
function waitWords(order, reason) {
  const price = order.type === "limit" ? format.price(order.limit_price) : "the next quote";
  return reason ? `${price} · ${reason.replace(/; the order waits$/, "")}` : price;
}

/** "100 now @ 183.03", "Waits for 100.00", "Nothing now, would be canceled": what is likely to happen. */
export function fillWords(order, fill) {
  if (!fill) return "None: it would be refused";
  const isFilled = Decimal.from(fill.qty).sign > 0;
  const isRest = Decimal.from(fill.rest_qty).sign > 0;
  if (isFilled) {
    const now = `${format.quantity(fill.qty)} now @ ${format.tradePrice(fill.price)}`;
    return isRest ? `${now}, ${format.quantity(fill.rest_qty)} ${isImmediate(order) ? "canceled" : "wait"}` : now;
  }
  if (fill.rest !== "waits") {
    const why = fill.reason && fill.reason !== "not filled at once" ? ` · ${fill.reason}` : "";
    return `Nothing now, would be ${fill.rest}${why}`;
  }
  return `Waits for ${waitWords(order, fill.reason)}`;
}

/** {words, isClean}: the verdict in a line. */
export function verdictWords(shown) {
  const failures = failuresOf(shown);
  const checks = shown.result?.checks ?? [];
  if (failures.length === 0) return { isClean: true, words: `✓ ${checks.length} of ${checks.length} risk checks pass` };
  return { isClean: false, words: `✕ Would be refused: ${failures.length} ${failures.length === 1 ? "reason" : "reasons"}` };
}
