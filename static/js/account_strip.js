/** The row of account numbers, at live prices. */

import { byId, setSigned, setText } from "./dom.js";
import * as format from "./format.js";
import { valueAccount } from "./marks.js";
import { isStale, openOrders } from "./state.js";

/** Draw the strip and keep it true. */
export function showAccount(store) {
  const cell = (name) => byId(`account-${name}`);
  const draw = (state) => {
    const { account, positions, ticks } = state;
    if (!account) return;
    const { equity, dayPl, dayRatio } = valueAccount(account, positions, ticks);
    setText(cell("equity"), format.money(equity));
    setSigned(
      cell("day"),
      `${format.signedMoney(dayPl)} (${format.signedPercent(dayRatio)})`,
      format.direction(dayPl),
    );
    const hasStale = Object.keys(positions ?? {}).some((symbol) => isStale(state, symbol, Date.now()));
    byId("account-strip").classList.toggle("stale", hasStale);
    setText(cell("buying-power"), format.money(account.buying_power));
    setText(cell("cash"), format.money(account.cash));
    setText(cell("open-orders"), state.orders === null ? format.UNKNOWN : String(openOrders(state).length));
    const isBlocked = account.trading_blocked || account.account_blocked || account.trade_suspended_by_user;
    byId("account-blocked").hidden = !isBlocked;
  };
  store.on(["account", "positions", "orders", "ticks", "connection"], draw);
}
