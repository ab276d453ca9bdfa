// Single keys, for those who have them switched on in their profile. Never inside a field, never with Ctrl, Alt or Meta.

(() => {
  if (!document.body.hasAttribute("data-shortcuts")) return;

  const places = { d: "home", b: "file-invoice", p: "cash", s: "building-store", r: "arrows-exchange", c: "receipt-refund" };
  let afterG = 0;

  const rows = () => [...document.querySelectorAll("table[data-rows] tbody tr, [data-rows] > [data-row]")];
  const current = () => document.querySelector(".is-current");

  function go(letter) {
    const icon = places[letter];
    const use = icon && [...document.querySelectorAll(".nav-item use")].find((one) => one.getAttribute("href").endsWith(`#${icon}`));
    if (use) location.href = use.closest("a").href;
  }
  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    current()?.classList.remove("is-current");
    next.classList.add("is-current");
    next.scrollIntoView({ block: "nearest" });
    (next.querySelector("a.doc-link, .cell-main a, a, button") || next).focus({ preventScroll: true });
  }
  function select(reach) {
    const box = current()?.querySelector(".cell-select input");
    if (!box) return;
    box.checked = !box.checked;
    box.dispatchEvent(new CustomEvent("billpay:tick", { bubbles: true, detail: { reach } }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function open() {
    const row = current();
    if (!row) return false;
    const link = row.querySelector("a.doc-link, .cell-main a");
    const href = link?.href || row.dataset.href;
    if (!href) return false;
    location.href = href;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const at = event.target;
    if (at.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const now = Date.now();
    if (now - afterG < 1200) {
      afterG = 0;
      if (places[event.key]) {
        event.preventDefault();
        go(event.key);
      }
      return;
    }
    const search = document.getElementById("global-search");
    switch (event.key) {
      case "/":
        if (!search) return;
        if (search.offsetParent) search.focus();
        else document.querySelector(".topbar-search-link")?.click();
        break;
      case "g": afterG = now; break;
      case "j": move(1); break;
      case "k": move(-1); break;
      case "x": select(false); break;
      case "X": select(true); break;
      case "?": document.getElementById("shortcuts")?.showModal(); break;
      case "Enter":
        if (at.closest("a, button, summary, input") || !open()) return;
        break;
      default: {
        const key = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
        if (!key) return;
        key.click();
      }
    }
    event.preventDefault();
  });
})();
