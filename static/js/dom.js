/** Small hands for the page: make elements, change text only when it differs, keyed table rows. */

const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");
const FLASH = { duration: 250, easing: "ease-out" };

export const byId = (id) => document.getElementById(id);

/** Make an element: `el("td", {class: "num", "data-testid": "x"}, "text", child)`. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * Let a row that is a short card on a phone unfold at a touch, and by the button before its heading. `words`: what
 * it is about.
 */
export function unfoldable(row, words) {
  const button = el("button", { type: "button", class: "phone-only unfold", "aria-expanded": "false", "aria-label": `More about ${words}` },
    el("span", { class: "chevron", "aria-hidden": "true" }));
  row.firstChild.prepend(button);
  row.addEventListener("click", ({ target }) => {
    if (target.closest("a, .pill")) return; // these act by themselves
    button.setAttribute("aria-expanded", String(row.classList.toggle("unfolded")));
  });
  return row;
}

/** A table cell; on a phone the row becomes a card, and the label stands in for the column's heading. */
export function cell(label, attributes = {}, ...children) {
  return el("td", { "data-label": label, ...attributes }, ...children);
}

/** Set text only when it differs, so that a selection or a screen reader is not disturbed. */
export function setText(element, text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** Set a signed number's text and colour. */
export function setSigned(element, text, tone) {
  setText(element, text);
  element.classList.toggle("up", tone === "up");
  element.classList.toggle("down", tone === "down");
}

/** Flash the background once for a move: 1 up, -1 down. Nothing moves for those who asked for calm. */
export function flash(element, move) {
  if (CALM.matches || move === 0) return;
  const colour = getComputedStyle(element).getPropertyValue(move > 0 ? "--up-flash" : "--down-flash");
  element.animate([{ backgroundColor: colour }, { backgroundColor: "transparent" }], FLASH);
}

/**
 * Make the rows of `body` be the items, in order, reusing rows by key.
 * `create(item)` makes a row, `update(row, item)` fills it.
 */
export function syncRows(body, items, { key, create, update }) {
  const known = new Map([...body.children].map((row) => [row.dataset.key, row]));
  let previous = null;
  for (const item of items) {
    const name = String(key(item));
    const row = known.get(name) ?? create(item);
    known.delete(name);
    row.dataset.key = name;
    update(row, item);
    const place = previous ? previous.nextSibling : body.firstChild;
    if (row !== place) body.insertBefore(row, place);
    previous = row;
  }
  for (const row of known.values()) row.remove();
}

/** Show a panel's words instead of its content, or (null) its content. */
export function setNotice(panel, words) {
  const notice = panel.querySelector(".notice");
  notice.hidden = words === null;
  if (words !== null) setText(notice, words);
  panel.classList.toggle("has-notice", words !== null);
}
