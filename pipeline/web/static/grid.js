// The line grid: arrows, paste from a spreadsheet, add and delete rows, live sum.
const NUMBERS = ["quantity", "unit_price", "line_total"];
export const COLUMNS = ["sku", "description", "quantity", "unit", "unit_price", "line_total"];

export const number = (text) => {
  const bare = String(text).replace(/[\s$€£']/g, "").replace(/,(?=\d{3}(\D|$))/g, "").replace(/,(\d{1,2})$/, ".$1");
  return bare !== "" && !Number.isNaN(Number(bare)) ? Number(bare) : null;
};

export class Grid {
  constructor(root, onChange) {
    this.root = root; this.table = root.querySelector("#grid"); this.onChange = onChange; this.deleted = new Set();
    this.table.addEventListener("keydown", (event) => this.onKey(event));
    this.table.addEventListener("paste", (event) => this.onPaste(event));
    this.table.addEventListener("input", () => this.sum());
    this.table.addEventListener("click", (event) => {
      const button = event.target.closest("[data-delete]");
      if (button) this.remove(button.closest("tr"));
      if (event.target.closest("[data-add]")) this.add(true);
    });
    this.sum();
  }

  rows() { return [...this.table.tBodies[0].rows]; }
  cells(row) { return [...row.querySelectorAll("input")]; }

  onKey(event) {
    const input = event.target.closest("input");
    if (!input) return;
    const row = input.closest("tr"), rows = this.rows(), x = this.cells(row).indexOf(input), y = rows.indexOf(row);
    const go = (i, j) => { const next = rows[i] && this.cells(rows[i])[j]; if (next) { event.preventDefault(); next.focus(); next.select(); } };
    if (event.altKey && event.key.toLowerCase() === "n") { event.preventDefault(); this.add(true); }
    else if (event.altKey && event.key.toLowerCase() === "d") { event.preventDefault(); this.remove(row); }
    else if (event.altKey || event.ctrlKey) return;
    else if (event.key === "ArrowDown") go(y + 1, x);
    else if (event.key === "ArrowUp") go(y - 1, x);
    else if (event.key === "ArrowRight" && input.selectionStart === input.value.length) go(y, x + 1);
    else if (event.key === "ArrowLeft" && input.selectionEnd === 0) go(y, x - 1);
    else if (event.key === "F2") { event.preventDefault(); input.setSelectionRange(input.value.length, input.value.length); }
    else if (event.key === "Escape") { input.value = input.dataset.was; this.onChange(input); this.sum(); }
  }

  onPaste(event) {
    const text = event.clipboardData.getData("text"), input = event.target.closest("input");
    if (!input || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const start = this.rows().indexOf(input.closest("tr")), column = this.cells(input.closest("tr")).indexOf(input);
    text.replace(/\r/g, "").split("\n").filter((line) => line.trim()).forEach((line, i) => {
      const row = this.rows()[start + i] || this.add(false), cells = this.cells(row);
      line.split("\t").forEach((value, j) => {
        const cell = cells[column + j];
        if (cell) { cell.value = value.trim(); this.onChange(cell); }
      });
    });
    this.sum();
  }

  add(focus) {
    const rows = this.rows(), index = Math.max(-1, ...rows.map((r) => Number(r.dataset.row)), ...this.deleted) + 1;
    const row = this.table.tBodies[0].insertRow();
    row.dataset.row = index;
    for (const column of COLUMNS) {
      const input = document.createElement("input");
      Object.assign(input, { name: `lines[${index}].${column}`, maxLength: 500, autocomplete: "off", className: NUMBERS.includes(column) ? "num" : column });
      input.dataset.was = ""; input.setAttribute("aria-label", `${column.replace("_", " ")}, line ${index + 1}`);
      row.insertCell().append(input);
    }
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "plain", textContent: "×" });
    button.dataset.delete = index; button.setAttribute("aria-label", `Delete ${index + 1}`);
    const last = row.insertCell(); last.className = "rowmeta"; last.append(button);
    if (focus) this.cells(row)[0].focus();
    return row;
  }

  remove(row) {
    const index = Number(row.dataset.row), next = row.nextElementSibling || row.previousElementSibling;
    this.deleted.add(index);
    row.remove();
    next?.querySelector("input")?.focus();
    this.onChange(null); this.sum();
  }

  // Exact enough for a hint only: the server adds up with decimals.
  sum() {
    const values = this.rows().map((row) => number(row.querySelector('input[name$=".line_total"]').value));
    const total = values.reduce((all, v) => all + Math.round((v || 0) * 1e4), 0) / 1e4;
    const target = number(this.root.querySelector('[name="subtotal"]')?.value ?? "");
    const gap = target === null ? null : Math.round((total - target) * 100) / 100;
    this.root.querySelector("#sum").textContent = total.toFixed(2);
    this.root.querySelector("#sum-words").textContent = gap === null || !values.length ? "" : gap === 0 ? "✓ fits the subtotal" : `≠ subtotal by ${gap.toFixed(2)}`;
  }
}
