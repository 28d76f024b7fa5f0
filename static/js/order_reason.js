/** Why an order ended otherwise than by filling, as the record says it. */

const TOLD = new Set(["canceled", "pending_cancel", "rejected"]);

const asSentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** "Canceled by the firm: trading in AAPL is halted"; empty where the status says all there is. */
export function reasonWords({ status, text }) {
  return text && TOLD.has(status) ? asSentence(text) : "";
}

/** The same of an account event: who took the order back, or "Canceled". */
export const canceledWords = (event) => (event.text ? asSentence(event.text) : "Canceled");
