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

/** Assets that match by symbol first, then by name; at most `limit`. */
export function matchAssets(assets, text, limit = 8) {
  const wanted = text.trim().toUpperCase();
  if (wanted === "") return assets.slice(0, limit);
  const rank = ({ symbol, name }) => {
    if (symbol === wanted) return 0;
    if (symbol.startsWith(wanted)) return 1;
    return String(name ?? "").toUpperCase().includes(wanted) ? 2 : 3;
  };
  return assets
    .map((asset) => ({ asset, rank: rank(asset) }))
    .filter((entry) => entry.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.asset.symbol.localeCompare(b.asset.symbol))
    .slice(0, limit)
    .map((entry) => entry.asset);
}
