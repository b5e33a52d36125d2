"""Exports the averaged weights to ONNX, quantises them, checks that both say the same, and records the model.

`python -m models.layout.export [--folder var/layout]` works on any checkpoint, also while training goes on.
"""

import argparse
import hashlib
import json
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file

from models import evaluate, registry
from models.layout.batches import HELD_OUT, INPUTS, SEED, collate, crop, example
from models.layout.net import LayoutNet, Shape
from models.layout.predict import LayoutModel
from models.pages import generate, receipts

log = logging.getLogger("models.layout.export")
VERSION = "1"
REPORTED = (
    "supplier_name",
    "buyer_name",
    "invoice_number",
    "invoice_date",
    "due_date",
    "po_number",
    "subtotal",
    "tax_total",
    "total",
    "item_line_total",
)
OUTPUTS = ("tags", "rows", "kind")
WEIGHTS = Path(__file__).parent / "weights"


def network(folder: Path) -> LayoutNet:
    """The averaged network of a checkpoint folder, in evaluation mode."""
    state = json.loads((folder / "state.json").read_text())
    net = LayoutNet(Shape(**state["shape"]))
    net.load_state_dict(load_file(folder / "mean.safetensors"))
    net.eval()
    return net


def to_onnx(net: LayoutNet, path: Path) -> None:
    """Write the float model; pages and words are free sizes."""
    batch = collate([crop(example(generate.page(HELD_OUT, n)), 0, 300) for n in range(2)])
    inputs = tuple(torch.from_numpy(batch[name]) for name in INPUTS)
    free = {name: {0: "pages", 1: "words_in_page"} for name in INPUTS}
    free["pairs"] = {0: "pages", 1: "words_in_page", 2: "words_in_page"}
    free |= {
        "tags": {0: "pages", 1: "words_in_page"},
        "rows": {0: "pages", 1: "words_in_page", 2: "words_in_page"},
        "kind": {0: "pages"},
    }
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            inputs,
            str(path),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=free,
            opset_version=17,
            dynamo=False,
        )
    onnx.checker.check_model(str(path))


def quantise(source: Path, target: Path) -> None:
    """8-bit weights for the matrix products; embeddings and biases stay as they are."""
    quantize_dynamic(
        str(source), str(target), weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True
    )


def agreement(one: Path, other: Path, count: int) -> float:
    """Share of words of held-out pages for which both files choose the same label."""
    a, b = LayoutModel.load(one), LayoutModel.load(other)
    same = total = 0
    for index in range(count):
        made = generate.page(HELD_OUT, 5_000 + index)
        x, y = a.scores(made.page), b.scores(made.page)
        same += int((x.tags.argmax(1) == y.tags.argmax(1)).sum())
        total += len(x.tags)
    return same / max(total, 1)


def file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export(folder: Path, target: Path, quantised: bool) -> dict[str, Any]:
    """Write `target` from a checkpoint; returns what to record about it."""
    net = network(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = folder / "float.onnx"
    to_onnx(net, whole)
    small = folder / "int8.onnx"
    quantise(whole, small)
    same = agreement(whole, small, 60)
    chosen = small if quantised else whole
    target.write_bytes(chosen.read_bytes())
    state = json.loads((folder / "state.json").read_text())
    parameters = int(np.sum([p.numel() for p in net.parameters()]))
    log.info(
        "%s: %d parameters, %.1f MB, 8-bit agreement %.4f", target.name, parameters, target.stat().st_size / 1e6, same
    )
    return {
        "pages": state["pages"],
        "seed": state["seed"],
        "parameters": parameters,
        "sha256": file_digest(target),
        "bytes": target.stat().st_size,
        "agreement_int8": round(same, 4),
        "quantised": quantised,
    }


def data_digest() -> str:
    """Names the training data: the generated pages, and the real receipts when there were any."""
    place = receipts.folder()
    generated = generate.digest(SEED, 500)
    return hashlib.sha256(f"{generated} {receipts.digest(place)}".encode()).hexdigest() if place else generated


def publish(folder: Path, target: Path = WEIGHTS / "layout.onnx", quantised: bool = True, pages: int = 300) -> None:
    """Export a checkpoint, score it on held-out pages and enter it in the register."""
    made = export(folder, target, quantised)
    scores = evaluate.generated(LayoutModel.load(target), pages)
    shown = {"all", *REPORTED}
    metrics = {f"f1_{name}": found["f1"] for name, found in scores["fields"].items() if name in shown}
    metrics |= {name: float(scores[name]) for name in ("rows", "kind", "ms")}
    place = receipts.folder()
    metrics["receipts"] = float(len(receipts.pages(place))) if place else 0.0
    metrics |= {name: float(made[name]) for name in ("pages", "parameters", "bytes", "agreement_int8")}
    registry.register(
        registry.Entry(
            name="layout",
            version=f"{VERSION}.{made['pages']}",
            path=str(target.relative_to(registry.ROOT)),
            sha256=made["sha256"],
            data=data_digest(),
            seed=SEED,
            card="layout/CARD.md",
            metrics=metrics,
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("var/layout"))
    parser.add_argument("--target", type=Path, default=WEIGHTS / "layout.onnx")
    parser.add_argument("--float", action="store_true", help="keep 32-bit weights")
    parser.add_argument("--publish", action="store_true", help="score it and enter it in the register")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    if args.publish:
        publish(args.folder, args.target, not args.float)
    else:
        log.info("%s", json.dumps(export(args.folder, args.target, not args.float), indent=1))


if __name__ == "__main__":
    main()
