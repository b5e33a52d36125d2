// What the scripts share: messages, and requests with the session's token.
const $ = (selector) => document.querySelector(selector);

export const typing = (target) =>
  target.matches?.("input:not([type=checkbox]),textarea,select,[contenteditable]");

let timer = 0;
export function say(words, bad = false, span = bad ? 8000 : 4000) {
  const box = $("#status");
  if (!box) return;
  box.textContent = words;
  box.classList.toggle("bad", bad);
  clearTimeout(timer);
  timer = setTimeout(() => { box.textContent = ""; }, span);
}

// fetch with the session's token; answers [ok, body]; a lost connection says so and keeps what was typed.
export async function send(url, body, method = "POST") {
  const headers = { accept: "application/json", "x-csrf-token": document.body.dataset.csrf };
  let payload;
  if (body instanceof FormData) payload = body;
  else if (body !== undefined) { payload = JSON.stringify(body); headers["content-type"] = "application/json"; }
  try {
    const answer = await fetch(url, { method, headers, body: payload, credentials: "same-origin" });
    $("#offline").hidden = true;
    const json = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
    if (answer.status === 401) say("Your session ended. Log in again in another tab; what you typed stays here.", true);
    return [answer.ok, json, answer.status];
  } catch {
    $("#offline").hidden = false;
    return [false, { detail: "No connection." }, 0];
  }
}
