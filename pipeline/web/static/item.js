// The item screen: doubtful fields first, Enter goes on, Ctrl+Enter completes, every action by key.
import { say, send, typing } from "./common.js";
import { remember } from "./undo.js";
import { Grid } from "./grid.js";
import { View } from "./view.js";

let screen = null;
export function startItem() {
  const root = document.querySelector("#item");
  if (root) screen = new Screen(root);
}
export function stopItem() { screen?.stop(); screen = null; }

// The next item is fetched ahead and put in place of this one: no page load between two items.
async function swap(url, html) {
  stopItem();
  const next = new DOMParser().parseFromString(html, "text/html");
  const main = next.querySelector("main");
  if (!main || !next.querySelector("#item")) { location.href = url; return; }
  document.querySelector("main").replaceWith(document.adoptNode(main));
  document.title = next.title;
  history.pushState({ item: url }, "", url);
  startItem();
}
class Screen {
  constructor(root) {
    this.root = root; this.data = JSON.parse(root.dataset.json);
    this.confirmed = new Set(); this.busy = false; this.next = null; this.active = null;
    this.view = new View(root, this.data, (text, name) => this.picked(text, name), (page, box) => this.readBox(page, box));
    this.grid = new Grid(root, (input) => this.changed(input));
    this.ends = new AbortController();
    const on = (target, name, run) => target.addEventListener(name, run, { signal: this.ends.signal });
    on(document, "keydown", (event) => this.onKey(event));
    on(root, "focusin", (event) => this.focused(event.target));
    on(root, "input", (event) => this.changed(event.target));
    on(document.querySelector("main"), "click", (event) => this.onClick(event));
    on(document.querySelector("main"), "submit", (event) => this.onSubmit(event));
    on(window, "beforeunload", () => this.saveDraft(true));
    this.restore(); this.claim(); this.count();
    const first = this.doubtful()[0];
    if (first) this.goto(first); else (this.primary() || this.root.querySelector("[data-act]"))?.focus({ preventScroll: true });
    setTimeout(() => this.prefetch(), 400);
  }

  stop() { this.ends.abort(); this.view.stop(); clearInterval(this.beat); clearTimeout(this.later); }

  // --- fields -------------------------------------------------------------------------------------------------
  input(name) { return this.root.querySelector(`[name="${CSS.escape(name)}"]`) || this.root.querySelector(`[name^="${CSS.escape(name)}."]`); }
  wrap(name) { return this.root.querySelector(`[data-field="${CSS.escape(name)}"]`) || this.root.querySelector(`[data-row="${/\d+/.exec(name)?.[0]}"]`); }

  // Who may not correct is not sent from doubt to doubt.
  doubtful() {
    if (this.root.classList.contains("locked")) return [];
    const names = [...this.data.fields.filter((f) => f.doubtful && !f.secret).map((f) => f.name), ...this.data.lines.filter((l) => l.doubtful).map((l) => `lines[${l.index}]`)];
    return names.filter((name) => !this.confirmed.has(name) && this.input(name) && !this.changedAt(name));
  }

  changedAt(name) {
    const inputs = name.startsWith("lines[") ? [...this.wrap(name).querySelectorAll("input")] : [this.input(name)];
    return this.confirmed.has(name) || (inputs.some((i) => i.value !== i.dataset.was) && this.active !== name);
  }

  count() {
    if (this.root.classList.contains("locked")) { this.root.querySelector("#todo").textContent = ""; return; }
    const left = this.doubtful().length, box = this.root.querySelector("#todo");
    const total = this.data.fields.filter((f) => f.doubtful).length + this.data.lines.filter((l) => l.doubtful).length;
    box.textContent = left ? `◐ ${left} of ${total} to look at` : total ? "✓ Everything doubtful was looked at" : "✓ Nothing doubtful";
    box.className = `todo ${left ? "some" : "none"}`;
  }

  goto(name) {
    const input = this.input(name);
    if (!input) { this.view.show(name); return; }
    input.focus(); input.select?.();
    input.scrollIntoView({ block: "nearest" });
  }

  focused(target) {
    const field = target.closest("[data-field]"), row = target.closest("[data-row]");
    const name = field ? field.dataset.field : row ? `lines[${row.dataset.row}]` : null;
    if (!name) return;
    this.showCell(target);
    if (name !== this.active) this.view.endWalk();
    this.active = name;
    this.root.querySelectorAll(".field .more").forEach((m) => { m.hidden = true; m.parentElement.classList.remove("open"); });
    this.view.show(name);
    if (!field) return;
    const more = field.querySelector(".more");
    field.classList.add("open"); more.hidden = false;
    this.view.crop(more.querySelector("canvas"), name);
    const minis = [...more.querySelectorAll("[data-at] canvas")], small = () => minis.forEach((c) => this.view.cropAt(c, JSON.parse(c.parentElement.dataset.at)));
    small();
    this.view.picture?.addEventListener("load", () => { this.view.crop(more.querySelector("canvas"), name); small(); }, { once: true });
  }

  changed(input) {
    if (input?.dataset?.was !== undefined) {
      input.classList.toggle("changed", input.value !== input.dataset.was);
      const wrong = input.closest(".field")?.querySelector(".wrong");
      if (wrong) wrong.hidden = true;
    }
    this.count();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.saveDraft(), 1500);
  }

  confirm(name) {
    if (this.data.fields.some((f) => f.name === name && f.doubtful) || this.data.lines.some((l) => `lines[${l.index}]` === name && l.doubtful)) this.confirmed.add(name);
    this.wrap(name)?.classList.add("done");
    this.wrap(name)?.classList.remove("doubtful");
    this.active = null;
    this.count(); this.saveDraft();
  }

  step(back) {
    if (this.root.classList.contains("locked")) return;
    const name = this.active;
    if (name && !back) this.confirm(name);
    const all = [...this.root.querySelectorAll("[data-field],[data-row]")].map((e) => e.dataset.field || `lines[${e.dataset.row}]`);
    const left = this.doubtful(), here = name ? all.indexOf(name) : -1;
    const order = back
      ? [...all.slice(0, Math.max(here, 0)).reverse()].filter((n) => this.data.fields.some((f) => f.name === n && f.doubtful) || left.includes(n))
      : [...all.slice(here + 1), ...all.slice(0, here + 1)].filter((n) => left.includes(n));
    if (order[0]) this.goto(order[0]);
    else if (!back) { this.primary()?.focus(); say("Nothing doubtful is left: Ctrl+Enter completes."); }
  }

  picked(text, name) {
    if (name) { this.goto(name); return; }
    const input = document.activeElement?.closest?.("#item input") || (this.active && this.input(this.active));
    if (!input || !text) return;
    input.value = text; this.changed(input); input.focus();
  }

  // Where the alternatives of the place at hand stand: beside a field, below the lines for a cell.
  alternatives() { return this.cell ? this.root.querySelector("#cell-alts") : this.active && this.wrap(this.active)?.querySelector(".more"); }

  takeAlternative(index) {
    const choice = this.alternatives()?.querySelectorAll("[data-alt]")[index];
    if (!choice) return false;
    const input = this.cell || this.input(this.active);
    input.value = choice.dataset.alt; this.changed(input); this.grid.sum();
    return true;
  }

  offer(place, offers, words) {
    for (const one of offers) {
      const button = document.createElement("button"), key = document.createElement("kbd"), value = document.createElement("b"), from = document.createElement("span");
      Object.assign(button, { type: "button", className: "alt" }); button.dataset.alt = one.value;
      key.textContent = `Alt+${place.querySelectorAll("[data-alt]").length + 1}`; value.textContent = one.value;
      from.className = "muted"; from.textContent = words(one);
      button.append(key, " ", value, " ", from); place.append(button);
    }
  }

  showCell(input) {
    this.cell = input?.matches?.("#grid input") ? input : null;
    const place = this.root.querySelector("#cell-alts"), found = /^lines\[(\d+)\]\.(\w+)$/.exec(this.cell?.name || "");
    place.replaceChildren();
    if (found) this.offer(place, this.data.lines.find((l) => l.index === Number(found[1]))?.offers?.[found[2]] || [], (o) => `order ${o.detail}`);
    place.hidden = !place.children.length;
  }

  // No word stands in the box: it is read now, and the reading is offered with how sure it is.
  async readBox(page, [x0, y0, x1, y1]) {
    const target = this.cell || (this.active && this.input(this.active));
    if (!target || target.readOnly) { say("Choose a field first.", true); return; }
    say("Reading the box …");
    const [ok, body] = await send(`/api/v1/invoices/${encodeURIComponent(this.data.invoice)}/pages/${page}/read`, { x0, y0, x1, y1 });
    if (!ok) { say(body.detail || "The box cannot be read.", true); return; }
    if (!body.readings.length) { say("Nothing can be read in this box. Type the value.", true); return; }
    const [best] = body.readings, sure = (r) => `${Math.round(r.confidence * 100)} % sure (${r.engine})`;
    target.value = best.text; this.changed(target); target.focus(); this.grid.sum();
    const place = this.alternatives();
    if (place) { place.hidden = false; this.offer(place, body.readings.map((r) => ({ value: r.text, ...r })), (r) => `read in the box, ${sure(r)}`); }
    say(`Read “${best.text}”, ${sure(best)}. Compare it with the page.`);
  }

  // --- draft and claim ----------------------------------------------------------------------------------------
  collect() {
    const fields = {};
    for (const input of this.root.querySelectorAll("input[name][data-was]")) {
      if (input.value.trim() !== input.dataset.was) fields[input.name] = input.value;
    }
    for (const index of this.grid.deleted) {
      for (const name of Object.keys(fields)) if (name.startsWith(`lines[${index}].`)) delete fields[name];
      if (this.data.lines.some((l) => l.index === index)) fields[`lines[${index}]`] = "";
    }
    return fields;
  }

  saveDraft(leaving = false) {
    if (!this.data.item || !this.data.may_work || this.busy) return;
    const body = { fields: this.collect(), confirmed: [...this.confirmed] }, text = JSON.stringify(body);
    if (text === (this.saved ?? '{"fields":{},"confirmed":[]}')) return;
    this.saved = text;
    if (leaving) fetch(`/items/${this.data.item}/draft`, { method: "POST", keepalive: true, body: text, headers: { "content-type": "application/json", "x-csrf-token": document.body.dataset.csrf } });
    else send(`/items/${this.data.item}/draft`, body);
  }

  restore() {
    const kept = { ...JSON.parse(this.root.dataset.draft || "null")?.fields, ...JSON.parse(sessionStorage.getItem(`draft-${this.data.invoice}`) || "null") };
    const seen = JSON.parse(this.root.dataset.draft || "null")?.confirmed || [];
    sessionStorage.removeItem(`draft-${this.data.invoice}`);
    for (const [name, value] of Object.entries(kept)) {
      const gone = /^lines\[(\d+)\]$/.exec(name), cell = /^lines\[(\d+)\]\./.exec(name);
      if (gone) { const row = this.wrap(name); if (row) this.grid.remove(row); continue; }
      while (cell && !this.input(name) && this.grid.rows().length <= Number(cell[1])) this.grid.add(false);
      const input = this.input(name);
      if (input?.dataset.was !== undefined) { input.value = value; this.changed(input); }
    }
    seen.forEach((name) => { if (this.input(name)) { this.confirmed.add(name); this.wrap(name)?.classList.replace("doubtful", "done"); } });
    if (Object.keys(kept).length) say("Your draft was kept.");
  }

  async claim() {
    if (!this.data.item || !this.data.may_work || !["OPEN", "CLAIMED"].includes(this.data.item_state)) return;
    const [ok, body] = await send(`/items/${this.data.item}/claim`);
    const box = this.root.querySelector("#claim");
    box.textContent = ok ? "You have this item." : body.detail || "";
    if (!ok) return;
    this.beat = setInterval(async () => {
      const [fine, answer] = await send(`/items/${this.data.item}/heartbeat`);
      if (fine && !answer.mine) { box.textContent = "Somebody else has this item now."; say("Somebody else has this item now.", true); }
    }, 60000);
  }

  // --- decisions ----------------------------------------------------------------------------------------------
  primary() { return this.root.querySelector("[data-act].primary"); }

  complete() {
    const button = this.primary();
    if (!button) { say(this.root.querySelector("[data-closed]")?.dataset.closed || "Nothing can be completed here.", true); return; }
    if (button.dataset.act === "approve") { this.decide({ kind: "approve" }); return; }
    if (this.active) this.confirm(this.active);
    const left = this.doubtful();
    if (left.length) { this.goto(left[0]); say(`${left.length} value${left.length > 1 ? "s" : ""} still need${left.length > 1 ? "" : "s"} a look.`, true); return; }
    const confirmable = [...this.root.querySelectorAll("[data-confirmable]")].map((e) => ({ code: e.dataset.code, line: e.dataset.line || null }));
    this.decide({ kind: "complete", fields: this.collect(), confirmed: [...this.confirmed], findings: confirmable });
  }

  async decide(body, dialog = null) {
    if (this.busy) return;
    this.busy = true;
    const url = `/api/v1/invoices/${encodeURIComponent(this.data.invoice)}/decisions`;
    const whose = this.data.behalf && ["approve", "return_step"].includes(body.kind) ? { on_behalf_of: this.data.behalf } : {};
    const [ok, answer, status] = await send(url, { item_id: this.data.item, seen_version: this.data.version, ...whose, ...body });
    this.busy = false;
    if (ok) {
      dialog?.close();
      if (body.kind === "undo") { say(answer.message); location.href = this.placeOf(answer); return; }
      remember(answer, body.kind, this.data.item); await this.goOn(answer); return;
    }
    if (status === 409) { dialog?.close(); this.conflict(answer.changes || [], body.fields || {}); return; }
    const words = (answer.rule && answer.rule !== "CSRF" ? `${answer.detail} (${answer.rule})` : answer.detail) || "It did not work.";
    const places = (answer.errors || []).map((e) => e.problem).join(" ");
    const wrong = dialog?.querySelector(".wrong");
    if (wrong) { wrong.hidden = false; wrong.textContent = `${words} ${places}`; } else say(`${words} ${places}`, true);
  }

  placeOf(answer) {
    const open = (answer.items || []).find((i) => i.id === this.data.item && ["OPEN", "CLAIMED"].includes(i.state));
    return open ? `/items/${open.id}` : `/invoices/${answer.id}`;
  }

  async goOn(answer) {
    if (!this.data.item) { location.reload(); return; }
    const item = (answer.items || []).find((i) => i.id === this.data.item);
    if (item && ["OPEN", "CLAIMED"].includes(item.state) && (item.owner_role === "AP_CLERK" || item.claimed_by === this.data.user) && item.claimed_by !== null) { this.reload(`/items/${this.data.item}`); return; }
    const ready = this.next && await this.next;
    if (ready && (await send(`/items/${ready.id}/claim`))[0]) { swap(`/items/${ready.id}`, ready.html); return; }
    const form = new FormData();
    form.set("queue", this.data.queue || "");
    let [, body] = await send("/queue/next", form);
    if (!body.item_id) { form.set("queue", ""); [, body] = await send("/queue/next", form); }
    this.reload(body.url || "/queue");
  }

  async reload(url) {
    if (!url.startsWith("/items/")) { location.href = url; return; }
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    if (answer.ok) swap(url, await answer.text()); else location.href = url;
  }

  // Fetch the likely next item while this one is worked on; it is claimed only when it is opened.
  prefetch() {
    if (!this.data.item || !this.data.may_work) return;
    this.next = (async () => {
      const queue = encodeURIComponent(this.data.queue || "");
      const answer = await fetch(`/api/v1/queue?limit=3&state=OPEN&queue=${queue}`, { headers: { accept: "application/json" } });
      if (!answer.ok) return null;
      const row = (await answer.json()).items.find((i) => (i.item_id || i.id) !== this.data.item && i.invoice_id !== this.data.invoice);
      if (!row) return null;
      const id = row.item_id || row.id, page = await fetch(`/items/${id}`, { headers: { accept: "text/html" } });
      if (!page.ok) return null;
      const html = await page.text(), source = /id="picture"[^>]*src="([^"]+)"/.exec(html)?.[1];
      if (source) new Image().src = source.replaceAll("&amp;", "&");
      return { id, html };
    })().catch(() => null);
  }

  // A field's name as the screen says it: "Invoice number", "Price, line 2".
  wordsOf(field) {
    const input = this.input(field);
    return input?.getAttribute("aria-label") || this.root.querySelector(`label[for="f-${CSS.escape(field)}"]`)?.textContent || field.replaceAll("_", " ");
  }

  conflict(changes, mine) {
    const box = document.querySelector("#ask-conflict"), body = box.querySelector("tbody");
    body.replaceChildren(...changes.map((c) => {
      const row = document.createElement("tr");
      const name = this.wordsOf(c.field), yours = mine[c.field] ?? c.yours;
      for (const text of [name, c.before, c.theirs, yours]) row.insertCell().textContent = text || "–";
      row.insertCell().textContent = `${c.by} changed ${name} from ${c.before || "nothing"} to ${c.theirs || "nothing"} on ${c.at.slice(0, 16).replace("T", " at ")}${yours ? `; you typed ${yours}` : ""}.`;
      return row;
    }));
    box.querySelector("[data-reload]").onclick = () => {
      const theirs = new Set(changes.map((c) => c.field));
      sessionStorage.setItem(`draft-${this.data.invoice}`, JSON.stringify(Object.fromEntries(Object.entries(this.collect()).filter(([n]) => !theirs.has(n)))));
      location.reload();
    };
    box.showModal();
  }

  open(kind) {
    const box = document.querySelector(`#ask-${kind}`);
    if (kind === "undo") { this.decide({ kind: "undo" }); return; }
    if (!box) return;
    if (kind === "duplicate" || kind === "not_duplicate") this.scrollTo("#twin");
    const soon = box.querySelector("[data-soon]");
    if (soon && !soon.value) { const day = new Date(Date.now() + 5 * 864e5); while ([0, 6].includes(day.getUTCDay())) day.setUTCDate(day.getUTCDate() + 1); soon.value = day.toISOString().slice(0, 10); }
    box.showModal();
    (box.querySelector("[data-preset]") || box.querySelector("textarea,input:not([type=checkbox])"))?.focus();
  }

  async onSubmit(event) {
    const form = event.target;
    if (form.dataset.reveal !== undefined) {
      event.preventDefault();
      const [ok, answer] = await send(`/invoices/${encodeURIComponent(this.data.invoice)}/reveal`, new FormData(form));
      if (!ok) { say(answer.detail || "Not allowed.", true); return; }
      for (const [name, value] of Object.entries(answer.values)) this.root.querySelector(`#f-${name}`).textContent = value;
      form.closest("dialog").close();
      return;
    }
    const kind = form.dataset.decision;
    if (!kind) return;
    event.preventDefault();
    const raw = new FormData(form), get = (name) => String(raw.get(name) ?? "").trim(), body = { kind, reason: get("reason") };
    if (get("root_cause")) body.root_cause = get("root_cause");
    if (get("until")) body.until = get("until");
    if (get("queue")) body.queue = get("queue");
    if (get("assignee")) body.assignee = get("assignee");
    if (get("po_number")) body.po_number = get("po_number");
    if (kind === "link_line") body.links = { [get("link_line")]: [get("link_po"), get("link_po_line")] };
    if (kind === "code_gl") body.coding = [{ gl: get("gl"), cost_center: get("cost_center"), amount: get("amount") }];
    if (kind === "bank_callback") body.evidence = Object.fromEntries(["contact", "called_at", "reference", "number_source"].map((n) => [n, get(n)]));
    const picked = raw.getAll("finding");
    if (picked.length) body.findings = picked.map((p) => ({ code: p.split("|")[0], line: p.split("|")[1] || null }));
    if (kind === "accept_variance" && !picked.length) { say("Choose what to accept.", true); return; }
    this.decide(body, form.closest("dialog"));
  }

  onClick(event) {
    const at = (selector) => event.target.closest(selector);
    const act = at("[data-act]")?.dataset.act;
    if (act === "complete" || act === "approve") this.complete();
    else if (act) this.open(act);
    if (at("[data-act-open]")) this.open(at("[data-act-open]").dataset.actOpen);
    if (at("[data-closed]")) say(at("[data-closed]").dataset.closed, true);
    if (at("[data-goto]")) this.goto(at("[data-goto]").dataset.goto);
    if (at("[data-close]")) at("dialog").close();
    if (at("[data-preset]")) this.preset(at("[data-preset]"));
    if (at("[data-alt]")) { const input = at("#cell-alts") ? this.cell : this.input(at("[data-field]").dataset.field); input.value = at("[data-alt]").dataset.alt; this.changed(input); this.grid.sum(); input.focus(); }
  }

  preset(button) {
    const text = button.closest("form").querySelector("textarea");
    text.value = button.dataset.preset; text.focus();
  }

  onKey(event) {
    const dialog = document.querySelector("dialog[open]"), key = event.key, small = key.toLowerCase();
    if (dialog) {
      if (event.altKey && /^[1-4]$/.test(key)) { const p = dialog.querySelectorAll("[data-preset]")[Number(key) - 1]; if (p) { event.preventDefault(); this.preset(p); } }
      if (event.ctrlKey && key === "Enter") { event.preventDefault(); dialog.querySelector("form[data-decision],form[data-reveal]")?.requestSubmit(); }
      return;
    }
    if (event.ctrlKey && key === "Enter") { event.preventDefault(); this.complete(); return; }
    if (event.ctrlKey && (key === "ArrowRight" || key === "ArrowLeft")) { if (!typing(event.target)) { event.preventDefault(); this.skip(); } return; }
    if (event.ctrlKey || event.metaKey) return;
    if (event.altKey) { this.onAlt(event, key, small); return; }
    if (key === "Enter" && event.target.closest("#item [data-field] input, #grid input")) { event.preventDefault(); this.step(event.shiftKey); return; }
    if (typing(event.target) || localStorage.getItem("apdesk-letters") === "off") return;
    const tool = { "+": "in", "=": "in", "-": "out", 0: "fit", "[": "prev", "]": "next", PageUp: "prev", PageDown: "next" }[key];
    if (tool) { event.preventDefault(); this.view.tool(tool); return; }
    if (small === "a") { event.preventDefault(); this.complete(); return; }
    const place = { w: "#why", m: "#compare", y: "#history", t: "#twin" }[small], button = this.root.querySelector(`[data-act][data-key="${CSS.escape(key.toUpperCase())}"]`);
    if (button) { event.preventDefault(); this.open(button.dataset.act); } else if (place) { event.preventDefault(); this.scrollTo(place); }
    else if (small === "j") { event.preventDefault(); event.stopPropagation(); this.skip(); }
    else if (small === "k") { event.preventDefault(); history.back(); }
  }

  onAlt(event, key, small) {
    if (/^[1-4]$/.test(key) && this.takeAlternative(Number(key) - 1)) event.preventDefault();
    else if (key === "ArrowRight" || key === "ArrowLeft") { event.preventDefault(); this.view.walk(key === "ArrowRight" ? 1 : -1, event.shiftKey); }
    else if (small === "j") { event.preventDefault(); this.skip(); }
    else if (small === "y") { event.preventDefault(); this.scrollTo("#history"); }
    else if (small === "b" && this.root.querySelector("[data-view=box]")) { event.preventDefault(); this.view.startBox(); }
    else if (small === "p" && this.root.querySelector("[data-split]")) { event.preventDefault(); this.saveDraft(); location.href = `${this.root.querySelector("[data-split]").href}#page-${this.view.page}`; }
    else if (small === "o") { event.preventDefault(); this.view.tool("rotate"); }
    else {
      const kind = { h: "hold", r: "reject", s: "reassign", q: "hold" }[small];
      if (kind && document.querySelector(`#ask-${kind}`)) { event.preventDefault(); this.open(kind); }
    }
  }

  scrollTo(selector) {
    const place = this.root.querySelector(selector);
    if (!place) return;
    if (place.tagName === "DETAILS") place.open = true;
    place.scrollIntoView({ block: "start" });
    place.closest(".pane").focus();
  }

  // Leave this item as it is (draft kept) and take the next.
  async skip() {
    this.saveDraft();
    const ready = this.next && await this.next;
    if (this.data.item) send(`/items/${this.data.item}/release`);
    if (ready) swap(`/items/${ready.id}`, ready.html); else location.href = "/queue";
  }
}
