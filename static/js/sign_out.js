/** Leaves nothing behind in the tab that another person could be offered: not at sign-out, nor at the next sign-in. */

import { forgetKept, pageOwner } from "./kept.js";

/** `storage()` may throw where storage is refused. */
export function leaveNothingBehind({ storage = () => sessionStorage, page = document } = {}) {
  const forget = (but) => {
    try {
      forgetKept(storage(), { but });
    } catch {
      // Refused: nothing was kept.
    }
  };
  if (pageOwner()) forget(pageOwner());
  page.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-sign-out]")) forget(null);
  });
}
