// Reconciling one line after the other: what htmx swaps in place, where focus goes next, and keys for the current row.

// A conflict comes back as the line as it now is, with who was faster: show it.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 409 || !event.detail.target?.matches?.("[data-row]")) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

// After a line is done, focus goes to the next one's main button.
document.addEventListener("htmx:afterSettle", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row) return;
  if (!row.querySelector("[data-done]")) {
    (row.querySelector("[data-primary]") || row).focus();
    return;
  }
  let next = row.nextElementSibling;
  while (next && !next.querySelector("[data-primary]")) next = next.nextElementSibling;
  (next?.querySelector("[data-primary]") || row.querySelector("button") || row).focus();
});

// m matches, f finds, c pays, x excludes, u undoes: the row with focus, else the one moved to with j and k.
document.addEventListener("keydown", (event) => {
  if (!document.body.hasAttribute("data-shortcuts") || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
  if (!/^[mfcxu]$/.test(event.key)) return;
  const row = document.activeElement?.closest("[data-row]") || document.querySelector("[data-row].is-current");
  const target = row?.querySelector(`[data-row-key="${event.key}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
});
