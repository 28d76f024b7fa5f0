/** Why an order ended otherwise than by filling, as the record says it. */

import { sentence } from "./format.js";

const TOLD = new Set(["canceled", "pending_cancel", "rejected"]);

/** "Canceled by the firm: trading in AAPL is halted"; empty where the status says all there is. */
export function reasonWords({ status, text }) {
  return text && TOLD.has(status) ? sentence(text) : "";
}

/** The same of an order that was canceled: who took it back, or "Canceled". */
export const canceledWords = (event) => (event.text ? sentence(event.text) : "Canceled");
