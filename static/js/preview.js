/** Asks the server what an order would do, soon after typing and again as the market moves. */

import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { previewOrder } from "./http.js";
import { Decimal } from "./decimal.js";

const AFTER_TYPING_MS = 200;
const BETWEEN_MS = 2000;
const REFRESH_MS = 5000;

/** Decides when to ask. `answer({order, key, result, error})` gets the newest answer only. */
export class Previewer {
  #wanted = { order: null, key: null };
  #asked = { words: null, at: -Infinity };
  #timer = null;

  constructor({ answer, ask = previewOrder }) {
    this.answer = answer;
    this.ask = ask;
  }

  /**
   * Want the preview of an order (null: of nothing). `isTyped`: a person changed it just now.
   * `key` comes back with the answer: it says which wish the answer belongs to.
   */
  want(order, { isTyped = false, key = null } = {}) {
    this.#wanted = { order, key };
    const words = JSON.stringify(order);
    const isKnown = words === this.#asked.words && Date.now() - this.#asked.at < REFRESH_MS;
    if (order === null || isKnown) return;
    if (this.#timer !== null && !isTyped) return;
    clearTimeout(this.#timer);
    const wait = isTyped ? AFTER_TYPING_MS : Math.max(AFTER_TYPING_MS, this.#asked.at + BETWEEN_MS - Date.now());
    this.#timer = setTimeout(() => this.#run(), wait);
  }

  async #run() {
    this.#timer = null;
    const { order, key } = this.#wanted;
    if (order === null) return;
    const words = JSON.stringify(order);
    this.#asked = { words, at: Date.now() };
    try {
      const result = await this.ask(order);
      if (words === this.#asked.words) this.answer({ order, key, result, error: null });
    } catch (error) {
      if (words === this.#asked.words) this.answer({ order, key, result: null, error });
    }
  }
}

/** "100 now @ 183.03", or what the order waits for. */
export function fillWords(order, fill) {
  const isPatient = order.time_in_force === "day" || order.time_in_force === "gtc";
  if (fill === null || fill === undefined) {
    if (!isPatient) return "Nothing now, so canceled";
    return order.type === "limit" ? `Waits for ${format.price(order.limit_price)}` : "Waits for the next quote";
  }
  const now = `${format.quantity(fill.qty)} now @ ${format.tradePrice(fill.price)}`;
  const rest = Decimal.from(order.qty).minus(Decimal.from(fill.qty));
  return rest.sign > 0 ? `${now}, ${format.quantity(rest)} ${isPatient ? "wait" : "canceled"}` : now;
}

/** A number of a risk check as it is best read; words stay words. */
const checkNumber = (value) => (Decimal.parse(value ?? "") ? format.quantity(value) : value);

/** One reason: its sentence, and what was measured against what limit. */
export function reasonItem({ message, measured, limit, warning }) {
  const hasNumbers = !warning && measured != null && limit != null && measured !== "" && limit !== "";
  return el("li", { class: warning ? "warn" : null }, el("span", {}, message),
    hasNumbers ? el("small", {}, `this order ${checkNumber(measured)} · limit ${checkNumber(limit)}`) : null);
}

function checkItem({ passed, warning, name, message, measured, limit }) {
  const isMeasured = [measured, limit].every((value) => value != null && value !== "") && measured !== limit;
  const numbers = isMeasured ? `${checkNumber(measured)} of ${checkNumber(limit)}` : measured ?? "";
  return el("li", { class: passed ? "ok" : "bad" },
    el("span", {}, `${passed ? warning ? "!" : "✓" : "✕"} ${(name ?? "").replaceAll("_", " ")}`),
    el("small", {}, passed && !warning ? numbers : message || numbers));
}

function drawChecks(checks, failures) {
  const passed = checks.filter((check) => check.passed).length;
  const summary = byId("preview-checks-summary");
  const isClean = failures.length === 0;
  summary.className = isClean ? "ok" : "bad";
  setText(summary, isClean
    ? `✓ ${passed} of ${checks.length} risk checks pass`
    : `✕ This would be refused: ${failures.length} ${failures.length === 1 ? "reason" : "reasons"}`);
  byId("preview-checks").replaceChildren(...checks.map(checkItem));
  const warnings = checks.filter((check) => check.passed && check.warning);
  byId("preview-reasons").replaceChildren(...[...failures, ...warnings].map(reasonItem));
}

/** Draw an answer in the ticket; null draws the empty preview. */
export function drawPreview(shown) {
  const panel = byId("preview");
  const { order, result, error } = shown ?? {};
  panel.dataset.state = error && !error.violations?.length && !error.code ? "error" : result || error ? "ready" : "empty";
  setText(byId("preview-cost-label"), order?.side === "sell" ? "Estimated proceeds" : "Estimated cost");
  setText(byId("preview-cost"), format.money(result?.estimated_cost));
  setText(byId("preview-fees"), format.money(result?.fees));
  setText(byId("preview-power"), format.money(result?.buying_power_after));
  setText(byId("preview-fill"), result ? fillWords(order, result.likely_fill) : format.UNKNOWN);
  setText(byId("preview-error"), error ? `No preview. ${error.message}` : "");
  const checks = result?.checks ?? [];
  const failures = result ? checks.filter((check) => !check.passed)
    : error?.violations?.length ? error.violations : error?.code ? [{ message: error.message }] : [];
  byId("preview-checks-box").hidden = checks.length === 0 && failures.length === 0;
  drawChecks(checks, failures);
}
