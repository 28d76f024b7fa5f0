/** Theme, palette and row height: set before the first paint, kept in this browser for its user. A classic script. */
(() => {
  const root = document.documentElement;
  const CHOICES = {
    theme: { dark: "light", light: "dark" },
    palette: { standard: "colorblind", colorblind: "standard" },
    density: { compact: "comfortable", comfortable: "compact" },
  };
  const DEFAULTS = { theme: "dark", palette: "standard", density: "compact" };

  // As kept.js spells its keys, which cannot be imported before the first paint.
  const keyOf = (name) => `openbell.${root.dataset.user ?? ""}.${name}`;
  const stored = (name) => {
    try {
      return localStorage.getItem(keyOf(name));
    } catch {
      return null; // storage is refused in some private windows: the defaults still work
    }
  };
  const store = (name, value) => {
    try {
      localStorage.setItem(keyOf(name), value);
    } catch {
      // The choice holds until the page is left.
    }
  };

  for (const [name, next] of Object.entries(CHOICES)) {
    const value = stored(name);
    root.dataset[name] = value in next ? value : DEFAULTS[name];
  }

  const showPressed = () => {
    for (const name of ["palette", "density"]) {
      const isChanged = root.dataset[name] !== DEFAULTS[name];
      for (const button of document.querySelectorAll(`[data-action="${name}"]`)) {
        button.setAttribute("aria-pressed", String(isChanged));
      }
    }
  };

  document.addEventListener("DOMContentLoaded", showPressed);
  // First of all that Escape may mean: an open menu closes, and nothing else happens.
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-action]")?.dataset.action;
    if (!(name in CHOICES)) {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        if (!menu.contains(event.target)) menu.open = false;
      }
      return;
    }
    const value = CHOICES[name][root.dataset[name]];
    root.dataset[name] = value;
    store(name, value);
    showPressed();
    document.dispatchEvent(new CustomEvent("appearance"));
  });
})();
