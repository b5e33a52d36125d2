// The page: picture, boxes, zoom, rotation, words.
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

export class View {
  constructor(root, data, onPick, onRead) {
    this.root = root; this.data = data; this.onPick = onPick; this.onRead = onRead; this.drawing = false;
    this.view = root.querySelector("#view"); this.sheet = root.querySelector("#sheet");
    this.words = new Map(); this.zoom = 1; this.turn = 0; this.current = null; this.cursor = null;
    if (!this.sheet) return;
    this.picture = root.querySelector("#picture"); this.boxes = root.querySelector("#boxes");
    this.pages = this.sheet.dataset.pages.split(",").filter(Boolean).map(Number);
    this.page = this.pages[0] || 1;
    root.querySelector(".page-pane").addEventListener("click", (event) => this.onTool(event));
    this.picture.addEventListener("load", () => this.show(this.current));
    this.picture.addEventListener("error", () => { this.picture.alt = "There is no picture of this page."; });
    this.boxes.addEventListener("pointerdown", (event) => this.onDown(event));
    this.resize = () => this.layout();
    addEventListener("resize", this.resize);
    this.draw(); this.layout();
  }

  stop() { removeEventListener("resize", this.resize); }

  onTool(event) {
    const page = event.target.closest("[data-page]");
    if (page) this.go(Number(page.dataset.page));
    const tool = event.target.closest("[data-view]")?.dataset.view;
    if (tool) this.tool(tool);
  }

  tool(name) {
    if (!this.sheet) return;
    if (name === "box") { this.startBox(); return; }
    if (name === "in") this.zoom = clamp(this.zoom * 1.25, 0.5, 5);
    if (name === "out") this.zoom = clamp(this.zoom / 1.25, 0.5, 5);
    if (name === "fit") { this.zoom = 1; }
    if (name === "rotate") this.turn = (this.turn + 90) % 360;
    const index = this.pages.indexOf(this.page);
    if (name === "next") this.go(this.pages[Math.min(this.pages.length - 1, index + 1)]);
    if (name === "prev") this.go(this.pages[Math.max(0, index - 1)]);
    this.layout();
  }

  go(page) {
    if (!this.sheet || page === this.page || !this.pages.includes(page)) return;
    this.page = page;
    this.picture.src = `/invoices/${encodeURIComponent(this.data.invoice)}/pages/${page}.webp?w=1200`;
    this.picture.alt = `Page ${page} of the document`;
    this.draw();
  }

  layout() {
    if (!this.sheet) return;
    const width = (this.view.clientWidth - 20) * this.zoom;
    this.sheet.style.width = `${width}px`;
    const height = this.picture.naturalWidth ? width * this.picture.naturalHeight / this.picture.naturalWidth : width;
    const shift = { 0: "", 90: `translate(${height}px,0) rotate(90deg)`, 180: `translate(${width}px,${height}px) rotate(180deg)`, 270: `translate(0,${width}px) rotate(270deg)` };
    this.sheet.style.transform = shift[this.turn];
    this.root.querySelector("#page-no").textContent = `${this.page} / ${this.pages[this.pages.length - 1] || 1}`;
    this.root.querySelectorAll("[data-page]").forEach((b) => b.toggleAttribute("aria-current", Number(b.dataset.page) === this.page));
  }

  place(element, box) {
    const [x0, y0, x1, y1] = box, pad = 0.003;
    Object.assign(element.style, {
      left: `${(x0 - pad) * 100}%`, top: `${(y0 - pad) * 100}%`,
      width: `${(x1 - x0 + 2 * pad) * 100}%`, height: `${(y1 - y0 + 2 * pad) * 100}%`,
    });
  }

  draw() {
    const targets = [
      ...this.data.fields.map((f) => [f.name, f]), ...this.data.lines.map((l) => [`lines[${l.index}]`, l]),
    ].filter(([, f]) => f.box && f.page === this.page);
    this.boxes.replaceChildren(...targets.map(([name, field]) => {
      const box = document.createElement("div");
      box.className = `box${field.doubtful ? " doubtful" : ""}`;
      box.dataset.box = name;
      this.place(box, field.box);
      return box;
    }));
    this.layout();
  }

  find(name) {
    const line = /^lines\[(\d+)\]/.exec(name || "");
    return line ? this.data.lines.find((l) => l.index === Number(line[1])) : this.data.fields.find((f) => f.name === name);
  }

  // Highlight the box of a field and bring it into sight.
  show(name) {
    this.current = name;
    if (!this.sheet || !name) return;
    const field = this.find(name), key = name.replace(/\..*$/, "");
    if (!field?.box) { this.boxes.querySelector(".at")?.classList.remove("at"); return; }
    this.go(field.page);
    this.boxes.querySelectorAll(".box").forEach((b) => b.classList.toggle("at", b.dataset.box === key));
    const box = this.boxes.querySelector(".at");
    if (!box) return;
    const from = box.getBoundingClientRect(), frame = this.view.getBoundingClientRect();
    this.view.scrollTo({
      top: this.view.scrollTop + from.top - frame.top - frame.height / 2.6,
      left: this.view.scrollLeft + from.left - frame.left - frame.width / 3,
    });
  }

  // The part of the page where a value stands, drawn large beside its input.
  crop(canvas, name) { this.cropAt(canvas, this.find(name)); }

  cropAt(canvas, field) {
    const picture = this.picture;
    canvas.hidden = !(field?.box && picture?.complete && picture.naturalWidth && field.page === this.page);
    if (canvas.hidden) return;
    const [x0, y0, x1, y1] = field.box, w = picture.naturalWidth, h = picture.naturalHeight;
    const height = Math.max((y1 - y0) * h * 1.7, 24), width = Math.max(height * canvas.width / canvas.height, (x1 - x0) * w * 1.08);
    const real = width * canvas.height / canvas.width;
    const x = clamp(x0 * w - width * 0.04, 0, Math.max(0, w - width)), y = ((y0 + y1) / 2) * h - real / 2;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, x, y, width, real, 0, 0, canvas.width, canvas.height);
  }

  async loadWords() {
    if (!this.words.has(this.page)) {
      const answer = await fetch(`/invoices/${encodeURIComponent(this.data.invoice)}/pages/${this.page}/words`, { headers: { accept: "application/json" } });
      this.words.set(this.page, answer.ok ? (await answer.json()).words : []);
    }
    return this.words.get(this.page);
  }

  spot(event) {
    const frame = this.boxes.getBoundingClientRect();
    const a = (event.clientX - frame.left) / frame.width, b = (event.clientY - frame.top) / frame.height;
    return { 0: [a, b], 90: [b, 1 - a], 180: [1 - a, 1 - b], 270: [1 - b, a] }[this.turn];
  }

  // Alt+click takes a word, Alt+drag the words in a box; a plain click goes to the field of a box.
  async onDown(event) {
    const name = event.target.closest("[data-box]")?.dataset.box;
    if (event.target.closest(".movable")) return;
    if (!event.altKey && !this.drawing) { if (name) { event.preventDefault(); this.onPick(null, name); } return; }
    event.preventDefault();
    const from = this.spot(event);
    const band = document.createElement("div");
    band.className = "box drag"; this.boxes.append(band);
    const area = (to) => [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
    const move = (e) => this.place(band, area(this.spot(e)));
    const up = async (e) => {
      removeEventListener("pointermove", move);
      band.remove();
      const box = area(this.spot(e)), [x0, y0, x1, y1] = box;
      if (x1 - x0 > 0.006 || y1 - y0 > 0.006) { this.stopBox(); this.take(box); return; }
      const hit = (await this.loadWords()).filter((w) => x0 >= w[1] - 0.004 && x0 <= w[3] + 0.004 && y0 >= w[2] - 0.004 && y0 <= w[4] + 0.004);
      if (hit.length) this.onPick(hit.map((w) => w[0]).join(" "));
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up, { once: true });
  }

  // The words in a box fill the field; where none were read, the box is read now.
  async take(box) {
    const [x0, y0, x1, y1] = box, mid = (a, b) => (a + b) / 2;
    const hit = (await this.loadWords()).filter((w) => mid(w[1], w[3]) > x0 && mid(w[1], w[3]) < x1 && mid(w[2], w[4]) > y0 && mid(w[2], w[4]) < y1);
    if (hit.length) this.onPick(hit.map((w) => w[0]).join(" "));
    else this.onRead(this.page, box);
  }

  // A box without dragging: arrows move it, Shift+arrows size it, Enter reads it, Escape leaves. Meanwhile a plain drag draws.
  startBox() {
    if (!this.sheet) return;
    this.stopBox();
    const from = document.activeElement, field = this.find(this.current), at = field?.page === this.page && field.box;
    const box = at ? [...at] : [0.35, 0.4, 0.65, 0.43], frame = document.createElement("div");
    frame.className = "box drag movable"; frame.tabIndex = 0;
    frame.setAttribute("role", "application"); frame.setAttribute("aria-label", this.view.dataset.boxWords);
    this.place(frame, box); this.boxes.append(frame); this.drawing = true; this.frame = frame;
    frame.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const dx = { ArrowLeft: -1, ArrowRight: 1 }[event.key] || 0, dy = { ArrowUp: -1, ArrowDown: 1 }[event.key] || 0, by = event.ctrlKey ? 0.002 : 0.012;
      if (event.key === "Escape") { event.preventDefault(); this.stopBox(); from?.focus?.(); return; }
      if (event.key === "Enter") { event.preventDefault(); this.stopBox(); from?.focus?.(); this.take(box); return; }
      if (!dx && !dy) return;
      event.preventDefault();
      if (event.shiftKey) { box[2] = clamp(box[2] + dx * by, box[0] + 0.006, 1); box[3] = clamp(box[3] + dy * by, box[1] + 0.006, 1); }
      else {
        const w = box[2] - box[0], h = box[3] - box[1];
        box[0] = clamp(box[0] + dx * by, 0, 1 - w); box[1] = clamp(box[1] + dy * by, 0, 1 - h); box[2] = box[0] + w; box[3] = box[1] + h;
      }
      this.place(frame, box); frame.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    frame.focus();
  }

  stopBox() { this.drawing = false; this.frame?.remove(); this.frame = null; }

  // The way without a mouse: Alt+arrows walk over the words, with Shift they take more of them.
  async walk(step, extend) {
    if (!this.sheet) return;
    const words = await this.loadWords();
    if (!words.length) return;
    if (!this.cursor || this.cursor.page !== this.page) {
      const box = this.find(this.current)?.box || [0, 0, 0, 0];
      const far = (w) => Math.abs(w[1] - box[0]) + 2 * Math.abs(w[2] - box[1]);
      const start = words.reduce((best, w, i) => (far(w) < far(words[best]) ? i : best), 0);
      this.cursor = { page: this.page, from: start, to: start };
    } else {
      this.cursor.to = clamp(this.cursor.to + step, 0, words.length - 1);
      if (!extend) this.cursor.from = this.cursor.to;
    }
    const [low, high] = [Math.min(this.cursor.from, this.cursor.to), Math.max(this.cursor.from, this.cursor.to)];
    const taken = words.slice(low, high + 1);
    this.boxes.querySelectorAll(".word").forEach((b) => b.remove());
    for (const w of taken) {
      const mark = document.createElement("div");
      mark.className = "box word"; this.place(mark, w.slice(1)); this.boxes.append(mark);
    }
    this.onPick(taken.map((w) => w[0]).join(" "));
  }

  endWalk() { this.cursor = null; this.boxes?.querySelectorAll(".word").forEach((b) => b.remove()); }
}
