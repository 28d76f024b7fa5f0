/** Asks the server what an order would do, soon after typing and again as the market moves. */

import { checkName, checkNumbers, checkSentence } from "./check_words.js";
import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { previewOrder } from "./http.js";
import { Decimal } from "./decimal.js";
import { failuresOf, fillWords, verdictWords } from "./preview_words.js";

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

/** One reason in a person's words; `warning`: it does not stop the order. */
export function reasonItem(check) {
  return el("li", { class: check.warning ? "warn" : null }, checkSentence(check));
}

function checkItem(check) {
  const { passed, warning } = check;
  return el("li", { class: passed ? "ok" : "bad" },
    el("span", {}, `${passed ? warning ? "!" : "✓" : "✕"} ${checkName(check)}`),
    el("small", {}, passed && !warning ? checkNumbers(check) : checkSentence(check)));
}

function drawVerdict(shown) {
  const checks = shown?.result?.checks ?? [];
  const summary = byId("preview-checks-summary");
  const isKnown = shown !== null && (checks.length > 0 || failuresOf(shown).length > 0);
  const { words, isClean } = isKnown ? verdictWords(shown) : { words: "", isClean: true };
  summary.className = isClean ? "ok" : "bad";
  setText(summary, words);
  byId("preview-checks-box").hidden = checks.length === 0;
  byId("preview-checks").replaceChildren(...checks.map(checkItem));
  const failures = isKnown ? failuresOf(shown) : [];
  const warnings = checks.filter((check) => check.passed && check.warning);
  byId("preview-reasons").replaceChildren(...[...failures, ...warnings].map(reasonItem));
}

/** Draw an answer in the ticket; null draws the empty preview. */
export function drawPreview(shown) {
  const panel = byId("preview");
  const { order, result, error } = shown ?? {};
  const isRefused = shown !== null && failuresOf(shown).length > 0;
  panel.dataset.state = error && !isRefused ? "error" : result || error ? "ready" : "empty";
  setText(byId("preview-cost-label"), order?.side === "sell" ? "Estimated proceeds" : "Estimated cost");
  setText(byId("preview-cost"), format.money(result?.estimated_cost));
  setText(byId("preview-fees"), format.money(result?.fees));
  setText(byId("preview-reserve"), format.money(result?.reserve));
  byId("preview-reserve-row").hidden = !(Decimal.from(result?.reserve)?.sign > 0);
  setText(byId("preview-power"), format.money(result?.buying_power_after));
  setText(byId("preview-fill"), result ? fillWords(order, result.likely_fill) : format.UNKNOWN);
  setText(byId("preview-error"), error && !isRefused ? `No preview. ${error.message}` : "");
  drawVerdict(shown ?? null);
}
