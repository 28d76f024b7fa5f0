/** The API keys page: copy the new secret, and keep a reload from making another key. */

import { byId, setText } from "./dom.js";

if (byId("new-secret")) {
  // The page is the answer to a POST: without this, a reload would create a second key.
  history.replaceState(null, "", location.href);
}

async function copy(button) {
  const source = byId(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    setText(button, "Copied");
  } catch {
    getSelection().selectAllChildren(source); // no clipboard outside secure pages: select it instead
    setText(button, "Press Ctrl C");
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copy(button));
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.armed === "true") return;
    event.preventDefault();
    form.dataset.armed = "true";
    setText(form.querySelector("button"), form.dataset.confirm);
  });
}
