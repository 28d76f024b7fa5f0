/** Reads an order typed into the search box: "buy 100 ibm 183.02". It fills the ticket, never sends. */

const ORDER = /^(buy|sell|b|s)\s+([\d.,]+)\s+([a-z][a-z0-9.\-]*)(?:\s+(?:at|@)?\s*([\d.]+))?$/i;

/** {side, type, qty, symbol, limitPrice|null}, or null when the text is not an order. */
export function readOrderText(text) {
  const match = ORDER.exec(text.trim());
  if (!match) return null;
  const [, side, qty, symbol, limitPrice = null] = match;
  return {
    side: side[0].toLowerCase() === "b" ? "buy" : "sell",
    type: limitPrice === null ? "market" : "limit",
    qty: qty.replaceAll(",", ""),
    symbol: symbol.toUpperCase(),
    limitPrice,
  };
}
