// The line editor: Enter goes to the next row and adds one after the last; arrows move between rows.
// Without this file the buttons do the same.

(() => {
  const rowsOf = (table) => [...table.querySelectorAll("tr[data-line]")];

  function moveTo(row, column) {
    const box = row?.children[column]?.querySelector("input, select");
    if (!box) return false;
    box.focus();
    box.select?.();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const box = event.target;
    const row = box.closest?.(".lines-table tr[data-line]");
    if (!row || event.ctrlKey || event.altKey || event.metaKey || !box.matches("input, select")) return;
    const rows = rowsOf(row.closest("table"));
    const at = rows.indexOf(row);
    const column = [...row.children].indexOf(box.closest("td"));
    if (event.key === "Enter") {
      event.preventDefault();
      if (!moveTo(rows[at + 1], column)) document.getElementById("add-line")?.click();
    } else if (box.matches("input") && event.key === "ArrowDown") {
      if (moveTo(rows[at + 1], column)) event.preventDefault();
    } else if (box.matches("input") && event.key === "ArrowUp") {
      if (moveTo(rows[at - 1], column)) event.preventDefault();
    }
  });

  document.addEventListener("htmx:afterSettle", () => {
    const cell = document.querySelector("[data-focus-row]");
    if (!cell) return;
    cell.removeAttribute("data-focus-row");
    cell.querySelector("input")?.focus();
  });
})();
