// The last decision can be taken back for ten seconds from anywhere: by Ctrl+Z or the button in the message.
import { say, send } from "./common.js";

const KEY = "apdesk-undo", SECONDS = 10;
const KINDS = new Set(["complete", "accept_variance", "link_po", "link_line", "code_gl", "approve", "reject", "withdraw", "duplicate", "not_duplicate", "hold", "bank_approve", "compliance_clear"]);
const last = () => { const found = JSON.parse(sessionStorage.getItem(KEY) || "null"); return found && found.until > Date.now() ? found : null; };

export function remember(answer, kind, item) {
  sessionStorage.removeItem(KEY);
  if (!KINDS.has(kind)) { say(answer.message); return; }
  const found = { invoice: answer.id, version: answer.version, item: kind === "hold" ? item : null, words: answer.message, until: Date.now() + SECONDS * 1000 };
  sessionStorage.setItem(KEY, JSON.stringify(found));
  offerUndo();
}

// Also after the next page has come: the message goes with the person.
export function offerUndo() {
  const found = last();
  if (!found) return;
  say(found.words, false, found.until - Date.now());
  const button = document.createElement("button");
  button.type = "button"; button.textContent = "Undo "; button.append(Object.assign(document.createElement("kbd"), { textContent: "Ctrl+Z" }));
  button.onclick = takeBack;
  document.querySelector("#status").append(" ", button);
}

export function canTakeBack(target) {
  const untouched = !target.matches?.("input,textarea,select") || (target.dataset.was !== undefined && target.value === target.dataset.was);
  return untouched && last() !== null;
}

export async function takeBack() {
  const found = last();
  sessionStorage.removeItem(KEY);
  if (!found) return;
  const [ok, answer] = await send(`/api/v1/invoices/${encodeURIComponent(found.invoice)}/decisions`, { kind: "undo", seen_version: found.version, item_id: found.item });
  if (!ok) { say(answer.detail || "It cannot be taken back any more.", true); return; }
  const open = (answer.items || []).find((i) => ["OPEN", "CLAIMED"].includes(i.state));
  location.href = open ? `/items/${open.id}` : `/invoices/${answer.id}`;
}
