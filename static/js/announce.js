/** Says what happened: a toast for the eye, a live region for the screen reader. */

import { byId, el } from "./dom.js";

const SHOWN_MS = 6000;

/** Tell the screen reader only: the eye has it already. A refusal interrupts, the rest waits. */
export function say(text, tone = "plain") {
  const region = byId(tone === "bad" ? "alerts" : "announcements");
  region.replaceChildren(el("span", {}, text));
}

/** Tell both; `tone` is "good", "bad" or "plain". */
export function announce(text, tone = "plain") {
  say(text, tone);
  const toast = el("div", { class: `toast ${tone}`, "data-testid": "toast", "aria-hidden": "true" }, text);
  byId("toasts").append(toast);
  setTimeout(() => toast.remove(), SHOWN_MS);
}
