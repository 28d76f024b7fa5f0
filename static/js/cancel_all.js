/** "cancel all" of the search box: asks first, then cancels what was working when it was asked. */

import { announce } from "./announce.js";
import { confirmed } from "./confirm.js";
import { cancelOrder } from "./orders.js";
import { openOrders } from "./state.js";

const count = (orders) => `${orders.length} working ${orders.length === 1 ? "order" : "orders"}`;

/** The working orders that "cancel all" means; of one symbol unless it is null. */
export const ordersMeant = (state, symbol) =>
  (openOrders(state) ?? []).filter((order) => symbol === null || order.symbol === symbol);

/** What would be done, in words. */
export function cancelWords(state, symbol) {
  const meant = ordersMeant(state, symbol);
  const where = symbol === null ? "" : ` in ${symbol}`;
  return meant.length === 0 ? `No working orders${where} to cancel` : `Cancel ${count(meant)}${where}; you are asked first`;
}

export async function cancelAll(store, symbol) {
  const meant = ordersMeant(store.state, symbol);
  const where = symbol === null ? "" : ` in ${symbol}`;
  if (meant.length === 0) {
    announce(`There are no working orders${where} to cancel.`);
    return;
  }
  const isSure = await confirmed({
    title: `Cancel ${count(meant)}${where}?`,
    words: "What has filled stays filled. Orders placed from now on are not touched.",
    yes: `Cancel ${meant.length === 1 ? "it" : `all ${meant.length}`}`,
    no: meant.length === 1 ? "Keep it" : "Keep them",
  });
  if (isSure) await Promise.all(meant.map(({ id }) => cancelOrder(store, id)));
}
