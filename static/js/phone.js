/** The phone's shape of the page: one view at a time, and the ticket as a sheet. */

import { byId } from "./dom.js";
import { openTab } from "./tabs.js";

const NARROW = window.matchMedia("(max-width: 900px)");
const TABS = { positions: "positions", orders: "orders" };

/** Show "trade", "watchlist", "orders" or "positions". */
export function openView(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll("[data-view-button]")) {
    const isCurrent = button.dataset.viewButton === view;
    if (isCurrent) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  if (TABS[view]) openTab(TABS[view]);
  window.scrollTo(0, 0);
}

function setBehind(isInert) {
  for (const element of document.querySelectorAll("[data-behind-sheet]")) element.inert = isInert;
}

/** Open the ticket over the page; on a wide screen it is always there. */
export function openSheet() {
  if (!NARROW.matches) return;
  document.body.dataset.sheet = "open";
  setBehind(true);
}

/** Close it and give the page back. */
export function closeSheet() {
  delete document.body.dataset.sheet;
  setBehind(false);
}

/** Make the bottom bar and the sheet work. `trade(side)` is called by the two big buttons. */
export function startPhone({ trade }) {
  for (const button of document.querySelectorAll("[data-view-button]")) {
    button.addEventListener("click", () => openView(button.dataset.viewButton));
  }
  for (const button of document.querySelectorAll("[data-trade]")) {
    button.addEventListener("click", () => trade(button.dataset.trade));
  }
  byId("sheet-close").addEventListener("click", closeSheet);
  byId("scrim").addEventListener("click", closeSheet);
  NARROW.addEventListener("change", closeSheet);
}
