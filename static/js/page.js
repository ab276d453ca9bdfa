// Small things of every page. All of it shortens what works without it.

// A browser without command/commandfor still opens and closes dialogs.
if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[command][commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    if (button.getAttribute("command") === "close") dialog.close();
  });
}

// Menus are <details>: close them from outside, and by Escape, which gives focus back.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], details.mobile-nav[open]")) {
    const inside = menu.contains(event.target);
    if (!inside || event.target.closest("[commandfor]")) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = [...document.querySelectorAll("details.menu[open], details.mobile-nav[open]")].pop();
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// Many tabs scroll sideways: the one that is shown comes into view.
for (const tab of document.querySelectorAll(".tab[aria-current]")) tab.scrollIntoView({ block: "nearest", inline: "nearest" });

// Toasts: a close button for all; those without Undo or an error leave after a while, never under focus or pointer.
const toastSeconds = 12;
function tendToasts(root) {
  for (const toast of root.querySelectorAll("[data-toast]:not([data-tended])")) {
    toast.setAttribute("data-tended", "");
    toast.querySelector("[data-dismiss]")?.removeAttribute("hidden");
    if (toast.hasAttribute("data-stays")) continue;
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 3000);
      else toast.remove();
    };
    setTimeout(leave, toastSeconds * 1000);
  }
}
document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
});
tendToasts(document);
document.addEventListener("htmx:oobAfterSwap", () => tendToasts(document));
document.addEventListener("htmx:afterSettle", () => tendToasts(document));

// A request that failed says so: htmx leaves the page as it was.
function sayFailed(words) {
  const region = document.getElementById("toasts");
  if (!region) return;
  const note = document.createElement("div");
  note.className = "toast-note toast-error";
  note.setAttribute("role", "alert");
  note.setAttribute("data-toast", "");
  note.setAttribute("data-stays", "");
  const text = document.createElement("p");
  text.textContent = words;
  const close = document.createElement("button");
  close.className = "btn btn-sm";
  close.type = "button";
  close.setAttribute("data-dismiss", "");
  close.textContent = "Dismiss";
  note.append(text, close);
  region.append(note);
}
document.addEventListener("htmx:responseError", (event) => {
  const reasons = {
    403: "Your role does not allow this.",
    404: "This is no longer here. Reload the page.",
    409: "Someone else changed this in the meantime. Reload the page to see it as it is now.",
    429: "Too many requests. Wait a minute and try again.",
  };
  sayFailed(reasons[event.detail.xhr.status] || "Something went wrong and nothing was changed. Reload the page and try again.");
});
document.addEventListener("htmx:sendError", () => sayFailed("There is no connection. Nothing was changed; try again."));

// One form, one post: the button rests while its form is on the way, and wakes when the page is shown again.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  const form = event.target;
  if (form.hasAttribute("data-sent")) {
    event.preventDefault();
    return;
  }
  form.setAttribute("data-sent", "");
  setTimeout(() => form.removeAttribute("data-sent"), 8000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) form.removeAttribute("data-sent");
});

// A date is typed; beside the box, the browser's own calendar writes into it.
const sprite = document.querySelector("use[href*='icons']")?.getAttribute("href").split("#")[0];
function addCalendars(root) {
  for (const input of root.querySelectorAll("input[data-kind='date']:not([data-calendar])")) {
    input.setAttribute("data-calendar", "");
    const group = document.createElement("span");
    group.className = "date-group";
    input.before(group);
    const picker = document.createElement("input");
    picker.type = "date";
    picker.className = "date-picker";
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "date-button";
    const label = document.querySelector(`label[for="${CSS.escape(input.id)}"]`)?.textContent.trim() || input.getAttribute("aria-label") || "";
    button.setAttribute("aria-label", `Calendar for ${label}`);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${sprite}#calendar`);
    svg.append(use);
    button.append(svg);
    group.append(input, picker, button);
    button.addEventListener("click", () => {
      picker.value = /^\d{4}-\d\d-\d\d$/.test(input.value) ? input.value : "";
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      input.value = picker.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    });
  }
}
if ("showPicker" in HTMLInputElement.prototype) {
  addCalendars(document);
  document.addEventListener("htmx:afterSettle", () => addCalendars(document));
}
