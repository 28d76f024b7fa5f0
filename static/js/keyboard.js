/** The keys of the dashboard. A table, so that the help dialog and the code cannot disagree for long. */

const TYPING = "input, select, textarea, [role=tab], summary, [contenteditable]";

/** Listen for keys; `actions` maps a key to what it does. Keys typed into a field are the field's. */
export function startKeyboard(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return; // a dialog handles its own keys
    const isTyping = event.target.closest?.(TYPING) != null;
    if (isTyping && event.key !== "Escape") return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
