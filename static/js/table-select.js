// Tables with boxes to tick: the box in the header is the page, Shift reaches to the last one ticked.

const boxesOf = (table) => [...table.querySelectorAll("tbody .cell-select input[type=checkbox]:not(:disabled)")];
let last = null;

function tellHeader(table) {
  const all = table.querySelector("[data-select-all]");
  if (!all) return;
  const boxes = boxesOf(table);
  const ticked = boxes.filter((box) => box.checked).length;
  all.checked = boxes.length > 0 && ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
}

function tick(table, box, reach) {
  const boxes = boxesOf(table);
  if (reach && last && boxes.includes(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
  }
  last = box;
  tellHeader(table);
}

document.addEventListener("click", (event) => {
  const table = event.target.closest?.("table[data-select]");
  const box = event.target.closest?.("input[type=checkbox]");
  if (!table || !box) return;
  if (box.hasAttribute("data-select-all")) {
    for (const other of boxesOf(table)) other.checked = box.checked;
    tellHeader(table);
  } else if (box.closest(".cell-select")) {
    tick(table, box, event.shiftKey);
  }
});
document.addEventListener("billpay:tick", (event) => tick(event.target.closest("table"), event.target, event.detail.reach));

const tellHeaders = () => document.querySelectorAll("table[data-select]").forEach(tellHeader);
tellHeaders();
document.addEventListener("htmx:afterSettle", tellHeaders);
