/**
 * List what a person could not read or press on the page as it stands, a line each; empty when all
 * is in sight. `mayScroll`: selector of the boxes that are meant to scroll sideways.
 */
({ mayScroll }) => {
  const SLACK = 1; // pixels that rounding may take
  const CONTROLS = "a[href], button, input, select, textarea, summary, [role=tab], [role=option]";
  const BARS = ".top, .tabs, .dock, .trade-bar, .panel > header";
  const OVERLAYS = ".menu-body, .search-list, .toasts, .top, .dock, .trade-bar, .confirm, .ticket, dialog, thead";
  const root = document.documentElement;
  const faults = [];

  const name = (element) => {
    const { testid } = element.dataset;
    const own = element.id ? `#${element.id}` : element.classList[0] ? `.${element.classList[0]}` : "";
    return `${element.tagName.toLowerCase()}${testid ? `[${testid}]` : own} "${(element.innerText ?? "").trim().slice(0, 30)}"`;
  };
  const inSight = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })
    && !element.closest("[inert], .hidden, .skip, .chart-canvas, .material-symbols-outlined, datalist, option, noscript, script, style");

  /** Boxes that cut what sticks out of them, from the element's own upwards. */
  const clips = (element) => {
    const found = [];
    let isOutOfFlow = false; // an absolute box is cut only by the boxes it is placed in
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      const isPlaced = style.position !== "static";
      if (!(isOutOfFlow && !isPlaced) && (at !== element || style.overflowX !== "visible") && style.overflowX !== "visible") {
        found.push({ box: at, style });
      }
      if (style.position === "fixed") break;
      if (style.position === "absolute") isOutOfFlow = true;
      else if (isPlaced) isOutOfFlow = false;
    }
    return found;
  };

  const isReached = (style, axis) => ["auto", "scroll"].includes(style[`overflow${axis}`]);

  /** Judge a box or a line of text; a line that ends in an ellipsis is only as wide as it is shown. */
  const judge = (whole, element, words) => {
    let { left, right, top, bottom } = whole;
    for (const { box, style } of clips(element)) {
      if (box.matches(`${mayScroll}, .top .brand`)) return null; // the name gives way where there is no room
      const edge = box.getBoundingClientRect();
      if (style.textOverflow === "ellipsis") {
        left = Math.max(left, edge.left);
        right = Math.min(right, edge.right);
      }
      if (left < edge.left - SLACK || right > edge.right + SLACK) faults.push(`${words} is cut at the side by ${name(box)}`);
      if (isReached(style, "Y")) break; // the rest is reached by scrolling
      if (top < edge.top - SLACK || bottom > edge.bottom + SLACK) faults.push(`${words} is cut above or below by ${name(box)}`);
    }
    if (left < -SLACK || right > root.clientWidth + SLACK) {
      faults.push(`${words} is outside of the page: ${Math.round(left)} to ${Math.round(right)} of ${root.clientWidth}`);
    }
    return { left, right, top, bottom };
  };

  const isOnTop = (element, rect) => {
    const [x, y] = [(rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2];
    if (x < 0 || y < 0 || x >= root.clientWidth || y >= window.innerHeight) return null;
    const top = document.elementFromPoint(x, y);
    return top !== null && (top === element || element.contains(top) || top.contains(element) || top.closest("label")?.contains(element));
  };

  if (root.scrollWidth > root.clientWidth) faults.push(`the page scrolls sideways: ${root.scrollWidth} of ${root.clientWidth}`);

  for (const box of document.querySelectorAll("*")) {
    if (!inSight(box) || box.matches(`input, select, ${mayScroll}`) || box.closest(mayScroll)) continue;
    const style = getComputedStyle(box);
    if (isReached(style, "X") && box.scrollWidth > box.clientWidth + SLACK) faults.push(`${name(box)} scrolls sideways`);
  }

  const controls = [...document.querySelectorAll(CONTROLS)].filter((one) => inSight(one) && one.type !== "hidden");
  for (const control of controls) {
    const rect = control.getBoundingClientRect();
    if (rect.width === 0) continue;
    judge(rect, control, name(control));
    const bar = control.closest(BARS);
    if (bar && !control.closest(".menu-body, .search")) {
      const edge = bar.getBoundingClientRect();
      if (rect.top < edge.top - SLACK || rect.bottom > edge.bottom + SLACK) faults.push(`${name(control)} sticks out of ${name(bar)}`);
    }
  }

  // A list shows one of its choices at a time; each must fit.
  const pen = document.createElement("canvas").getContext("2d");
  for (const list of controls.filter((one) => one.tagName === "SELECT")) {
    const { font, paddingLeft, paddingRight } = getComputedStyle(list);
    const room = list.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    pen.font = font;
    for (const { text } of list.options) {
      const width = Math.round(pen.measureText(text).width);
      if (width > room + SLACK) faults.push(`the choice "${text}" of ${name(list)} is cut: ${width} of ${room}`);
    }
  }

  // Each line of text: inside of what cuts it, inside of its button, and on no other line.
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!text.textContent.trim() || !inSight(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const rect of range.getClientRects()) {
      if (rect.width < 1) continue;
      const words = `the text "${text.textContent.trim().slice(0, 40)}"`;
      const shown = judge(rect, element, words);
      if (!shown) continue;
      const button = element.closest(CONTROLS);
      const edge = button?.getBoundingClientRect();
      if (edge && getComputedStyle(button).display !== "inline" && (shown.left < edge.left - SLACK || shown.right > edge.right + SLACK)) {
        faults.push(`${words} sticks out of ${name(button)}`);
      }
      if (isOnTop(element, shown)) lines.push({ rect: shown, words, text, above: element.closest(OVERLAYS) });
    }
  }
  const overlap = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2
    && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4;
  lines.forEach((one, index) => {
    for (const other of lines.slice(index + 1)) {
      if (one.text !== other.text && one.above === other.above && overlap(one.rect, other.rect)) faults.push(`${one.words} lies on ${other.words}`);
    }
  });
  return [...new Set(faults)];
}
