// Where focus goes: to the problems of a page, and to what a swap asked for.

function focusProblems(root) {
  const summary = root.querySelector?.("[data-focus]");
  if (!summary) return false;
  summary.focus();
  return true;
}

if (focusProblems(document)) {
  // The title carries "Error: " already: the server wrote it.
} else {
  document.querySelector("[autofocus]")?.focus();
}

document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  if (focusProblems(part)) {
    if (!document.title.startsWith("Error: ")) document.title = `Error: ${document.title}`;
    return;
  }
  if (event.detail.requestConfig?.verb !== "get") document.title = document.title.replace(/^Error: /, "");
  (part.matches?.("[data-focus-after]") ? part : part.querySelector?.("[data-focus-after]"))?.focus();
  part.querySelector?.("dialog[data-open]")?.showModal();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const input = field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea");
  field.scrollIntoView({ block: "center" });
  (input || field).focus({ preventScroll: true });
});
