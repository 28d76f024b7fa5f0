/** The tabs under the chart, by the pattern screen readers know. */

import { byId } from "./dom.js";

/** Show one tab's panel: "positions", "orders" or "recent". */
export function openTab(name) {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const isOpen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(isOpen));
    tab.tabIndex = isOpen ? 0 : -1;
    byId(tab.dataset.tab).hidden = !isOpen;
  }
}

/** Make the tabs work by pointer and by arrow keys. */
export function startTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => openTab(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = tabs[(index + step + tabs.length) % tabs.length];
      openTab(next.dataset.tab);
      next.focus();
    });
  }
}
