/** Asks before something is done that cannot be taken back. */

import { el } from "./dom.js";

/** Show `words` with a button that says `yes`; true if it was pressed. Escape means no. */
export function confirmed({ title, words, yes, no = "Keep them" }) {
  const keep = el("button", { class: "button quiet", value: "", autofocus: true, "data-testid": "confirm-no" }, no);
  const go = el("button", { class: "button", value: "yes", "data-testid": "confirm-yes" }, yes);
  const dialog = el("dialog", { class: "help confirm-box", "aria-labelledby": "confirm-title", "data-testid": "confirm-dialog" },
    el("form", { method: "dialog" },
      el("header", {}, el("h2", { id: "confirm-title" }, title)),
      el("p", {}, words),
      el("p", { class: "confirm-buttons" }, keep, go)));
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}
