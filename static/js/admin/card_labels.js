/** On a phone the rows of a list are cards: begins each label large, for CSS would enlarge every word. */
"use strict";
window.addEventListener("load", () => {
  for (const cell of document.querySelectorAll("#result_list [data-label]")) {
    const { label } = cell.dataset;
    cell.dataset.label = `${label.slice(0, 1).toUpperCase()}${label.slice(1)}`;
  }
});
