/** Says what happened: a line for the eye, a live region for the screen reader. */

import { byId, el, setText } from "./dom.js";

const SHOWN_MS = 8000;
const LINES_MAX = 2; // the room that is kept for them

const lines = new Map(); // key -> {line, timer}, the oldest first

/** Tell the screen reader only: the eye has it already. A refusal interrupts, the rest waits. */
export function say(text, tone = "plain") {
  const region = byId(tone === "bad" ? "alerts" : "announcements");
  region.replaceChildren(el("span", {}, text));
}

function takeAway(key) {
  const { line, timer } = lines.get(key) ?? {};
  clearTimeout(timer);
  line?.remove();
  lines.delete(key);
}

/**
 * Tell both; `tone` is "good", "bad" or "plain". What has the same `key` (an order's id) is one line,
 * which says the newest. The oldest lines give way.
 */
export function announce(text, tone = "plain", { key = text } = {}) {
  say(text, tone);
  const line = lines.get(key)?.line ?? el("div", { "data-testid": "toast", "aria-hidden": "true" });
  takeAway(key);
  line.className = `toast ${tone}`;
  line.title = text;
  setText(line, text);
  byId("toasts").append(line);
  lines.set(key, { line, timer: setTimeout(() => takeAway(key), SHOWN_MS) });
  for (const oldest of [...lines.keys()].slice(0, -LINES_MAX)) takeAway(oldest);
}
