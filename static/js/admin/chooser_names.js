/** Names each chooser after its field's label for a screen reader: the library that draws it leaves that out. */
"use strict";
window.addEventListener("load", () => {
  for (const box of document.querySelectorAll(".select2-selection__rendered[role=textbox]")) {
    const field = box.id.replace(/^select2-/, "").replace(/-container$/, "");
    const label = document.querySelector(`label[for="${field}"]`)?.textContent.replace("*", "").trim();
    if (label) box.setAttribute("aria-label", label);
  }
});
