/** Reads what is typed into the search box as a wish: "buy 100 ibm 183.02", "cancel all". It sends nothing. */

const SYMBOL = "([a-z][a-z0-9.\\-]*)";
const ORDER = new RegExp(`^(buy|sell|b|s)\\s+(\\$?)([\\d.,]+)(\\$?)\\s+${SYMBOL}(?:\\s+(?:at|@)?\\s*\\$?([\\d.]+))?$`, "i");
const SELL_ALL = new RegExp(`^(?:sell|s|close)\\s+all\\s+${SYMBOL}$`, "i");
const CANCEL_ALL = new RegExp(`^cancel\\s+all(?:\\s+${SYMBOL})?$`, "i");

/** {side, type, qty, unit, symbol, limitPrice|null}, or null when the text is not an order. */
export function readOrderText(text) {
  const match = ORDER.exec(text.trim());
  if (!match) return null;
  const [, side, before, qty, after, symbol, limitPrice = null] = match;
  return {
    side: side[0].toLowerCase() === "b" ? "buy" : "sell",
    type: limitPrice === null ? "market" : "limit",
    qty: qty.replaceAll(",", ""),
    unit: before || after ? "dollars" : "shares",
    symbol: symbol.toUpperCase(),
    limitPrice,
  };
}

/** {kind: "close", symbol}, {kind: "cancel", symbol|null} or {kind: "help"}; null when it is none. */
export function readCommand(text) {
  const words = text.trim();
  if (/^(help|\?)$/i.test(words)) return { kind: "help" };
  const sell = SELL_ALL.exec(words);
  if (sell) return { kind: "close", symbol: sell[1].toUpperCase() };
  const cancel = CANCEL_ALL.exec(words);
  return cancel && { kind: "cancel", symbol: cancel[1]?.toUpperCase() ?? null };
}
