/** What the ticket's button says and whether it can be pressed. Pure. */

import { isCutOff } from "./connection.js";
import { buttonWords } from "./order_form.js";
import { haltOf } from "./halts.js";
import { failuresOf } from "./preview_words.js";

const LOCKED = {
  sending: "Sending",
  asking: "No answer yet to the earlier order",
  absent: "Decide about the earlier order first",
};

/** Why nothing can be sent at the moment; null when it can. */
function obstacleOf(state) {
  const statuses = [state.accountSocket.status, state.quotesSocket.status];
  if (statuses.includes("ended")) return "Signed out: sign in again to trade";
  if (statuses.includes("offline")) return "You are offline: nothing can be sent";
  return isCutOff(state) ? "No connection to the server: nothing can be sent" : null;
}

/**
 * {words, tone, isDisabled}: tone is "ready", "incomplete" or "refused". `lock` is the intention that
 * keeps the symbol, `answer` the preview of just this order; either null. `isReasonTold`: a refusal above
 * the button gives the reasons.
 */
export function buttonState({ fields, reading, lock, answer, state, isReasonTold = false }) {
  if (lock) return { words: LOCKED[lock.status], tone: "incomplete", isDisabled: true };
  const obstacle = obstacleOf(state);
  if (obstacle) return { words: obstacle, tone: "incomplete", isDisabled: true };
  const words = buttonWords(fields, reading);
  if (reading.order === null) return { words, tone: "incomplete", isDisabled: !fields.symbol };
  const halt = answer ? null : haltOf(state, fields.symbol); // until a preview says otherwise
  const [failure] = answer ? failuresOf(answer) : halt?.refuses ? [{ message: halt.words }] : [];
  if (failure) return { words: isReasonTold ? "Would be refused again" : `Would be refused: ${failure.message}`, tone: "refused", isDisabled: false };
  return { words, tone: "ready", isDisabled: false };
}
