/** Brings the first thing that is wrong in a form into sight: the row of buttons stands over its end. */
"use strict";
window.addEventListener("load", () => {
  const error = document.querySelector("#content-main .errorlist");
  if (!error) return;
  error.closest(".field-row, [class*='field-'], .errors")?.querySelector("input:not([type=hidden]), select, textarea")?.focus({ preventScroll: true });
  error.scrollIntoView({ block: "center" });
});
