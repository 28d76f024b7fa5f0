/** Names each chooser after its field's label for a screen reader: the library that draws it leaves that out. */
"use strict";
{
  const nameChoosers = () => {
    for (const box of document.querySelectorAll(".select2-selection__rendered[role=textbox]:not([aria-label])")) {
      const field = box.id.replace(/^select2-/, "").replace(/-container$/, "");
      const label = document.querySelector(`label[for="${field}"]`)?.textContent.replace("*", "").trim();
      if (label) box.setAttribute("aria-label", label);
    }
  };
  // The library draws them whenever it gets round to it, after the page has loaded too.
  new MutationObserver(nameChoosers).observe(document.documentElement, { childList: true, subtree: true });
}
