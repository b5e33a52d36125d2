// What every page has: keys, palette, theme, messages, lists. The item screen is in item.js.
import { typing } from "./common.js";
import { startItem } from "./item.js";
import { canTakeBack, offerUndo, takeBack } from "./undo.js";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme === "dark" ||
    (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `apdesk_theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
}

// Lists: J and K move, Enter opens.
let at = -1;
function moveRow(step) {
  const rows = $$("[data-list] tbody tr");
  if (!rows.length) return;
  at = Math.max(0, Math.min(rows.length - 1, at + step));
  rows.forEach((row, index) => row.classList.toggle("at", index === at));
  $("a", rows[at])?.focus();
}

const commands = () => {
  const found = $$("header.top nav a").map((a) => [a.textContent.trim(), "", () => { location.href = a.href; }]);
  $$("[data-act]").forEach((b) => found.push([b.firstChild.textContent.trim(), b.dataset.key, () => b.click()]));
  if ($("[data-next]")) found.push(["Next item", "N", () => $("[data-next]").requestSubmit()]);
  found.push(["Light or dark", "", toggleTheme], ["Keyboard shortcuts", "?", () => $("#keys").showModal()]);
  return found;
};

function openPalette() {
  const box = $("#palette"), input = $("input", box), list = $("ul", box);
  let shown = [], chosen = 0;
  const draw = () => {
    const text = input.value.toLowerCase();
    shown = commands().filter(([name]) => name.toLowerCase().includes(text));
    chosen = Math.min(chosen, Math.max(0, shown.length - 1));
    list.replaceChildren(...shown.map(([name, key], index) => {
      const row = document.createElement("li");
      row.id = `cmd-${index}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === chosen));
      row.append(name);
      if (key) { const k = document.createElement("kbd"); k.textContent = key; row.append(k); }
      row.onclick = () => { box.close(); shown[index][2](); };
      return row;
    }));
    if (shown.length) input.setAttribute("aria-activedescendant", `cmd-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
  };
  input.value = "";
  input.oninput = () => { chosen = 0; draw(); };
  input.onkeydown = (event) => {
    if (event.key === "ArrowDown") chosen = Math.min(shown.length - 1, chosen + 1);
    else if (event.key === "ArrowUp") chosen = Math.max(0, chosen - 1);
    else if (event.key === "Enter") { event.preventDefault(); box.close(); shown[chosen]?.[2](); return; }
    else return;
    event.preventDefault();
    draw();
  };
  draw();
  box.showModal();
  input.focus();
}

const letters = () => localStorage.getItem("apdesk-letters") !== "off";

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey && canTakeBack(event.target)) {
    event.preventDefault();
    takeBack();
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (typing(event.target) || $("dialog[open]") || !letters()) return;
  const doIt = {
    "?": () => $("#keys").showModal(),
    "/": () => ($("[data-filter]") || $("[data-find]"))?.focus(),
    j: () => moveRow(1), k: () => moveRow(-1),
    n: () => $("[data-next]")?.requestSubmit(),
  }[event.key];
  if (doIt) { event.preventDefault(); doIt(); }
}

document.addEventListener("keydown", onKey);
// The menu of further pages closes when one leaves it or presses Escape.
const menu = $("[data-menu]");
if (menu) {
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; $("summary", menu).focus(); } });
  document.addEventListener("focusin", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  document.addEventListener("pointerdown", (event) => { if (!menu.contains(event.target)) menu.open = false; });
}
document.addEventListener("click", (event) => {
  const what = event.target.closest("[data-do]")?.dataset.do;
  if (what === "theme") toggleTheme();
  if (what === "keys") $("#keys").showModal();
  if (what === "palette") openPalette();
});
const box = $("[data-letters]");
if (box) {
  box.checked = letters();
  box.onchange = () => localStorage.setItem("apdesk-letters", box.checked ? "on" : "off");
}
const drop = $("[data-drop]");
if (drop) {
  const input = $("input[type=file]", drop);
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.toggle("over", name === "dragover"); });
  }
  drop.addEventListener("drop", (event) => { input.files = event.dataTransfer.files; });
}
addEventListener("offline", () => { $("#offline").hidden = false; });
addEventListener("online", () => { $("#offline").hidden = true; });

addEventListener("popstate", () => location.reload());

startItem();
offerUndo();
