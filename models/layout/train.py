"""Trains the layout model on generated pages and publishes it: `python -m models.layout.train [--pages N]`.

The stream of pages depends on the seed only, so a run can be stopped and is continued from its folder. Weights are
averaged over time; the average is validated and exported. Nothing is pickled: checkpoints are safetensors and JSON.
"""

import argparse
import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from models.layout import export
from models.layout.batches import HELD_OUT, INPUTS, SEED, Example, collate, crop, example
from models.layout.labels import KINDS, NAMES, OPEN, label_id
from models.layout.lexicon import WORDS
from models.layout.net import LayoutNet, Shape
from models.layout.scoring import span_scores
from models.pages import generate, receipts

log = logging.getLogger("models.layout.train")
WINDOW = 416
AVERAGE = 0.99
PEAK = 1.2e-3
REAL = 10  # every tenth page is a real receipt, when there are any
KNOWN = [label_id(name, begin) for name in receipts.KNOWN for begin in (True, False)]


@dataclass(slots=True)
class Run:
    """A training run: network, averaged weights, optimiser, pages seen."""

    net: LayoutNet
    mean: dict[str, torch.Tensor]
    optimiser: torch.optim.AdamW
    pages: int
    folder: Path


def shape() -> Shape:
    words = sum(1 for line in WORDS.read_text(encoding="utf-8").splitlines() if line)
    return Shape(words, len(NAMES), len(KINDS))


def start(folder: Path) -> Run:
    """A new run, or the one whose checkpoint lies in the folder."""
    torch.manual_seed(SEED)
    net = LayoutNet(shape())
    plain = [p for p in net.parameters() if p.ndim < 2]
    heavy = [p for p in net.parameters() if p.ndim >= 2]
    optimiser = torch.optim.AdamW(
        [{"params": heavy, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}], lr=1e-3, betas=(0.9, 0.98)
    )
    run = Run(net, {k: v.detach().clone() for k, v in net.state_dict().items()}, optimiser, 0, folder)
    if (folder / "state.json").exists():
        _resume(run)
    return run


def _resume(run: Run) -> None:
    run.pages = json.loads((run.folder / "state.json").read_text())["pages"]
    run.net.load_state_dict(load_file(run.folder / "last.safetensors"))
    run.mean = load_file(run.folder / "mean.safetensors")
    moments = load_file(run.folder / "moments.safetensors")
    names = {id(p): n for n, p in run.net.named_parameters()}
    for group in run.optimiser.param_groups:
        for p in group["params"]:
            name = names[id(p)]
            run.optimiser.state[p] = {
                "step": moments[f"{name}/step"],
                "exp_avg": moments[f"{name}/a"],
                "exp_avg_sq": moments[f"{name}/b"],
            }


def save(run: Run) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    moments: dict[str, torch.Tensor] = {}
    names = {id(p): n for n, p in run.net.named_parameters()}
    for p, state in run.optimiser.state.items():
        name = names[id(p)]
        moments |= {
            f"{name}/step": state["step"].clone(),
            f"{name}/a": state["exp_avg"],
            f"{name}/b": state["exp_avg_sq"],
        }
    save_file({k: v.contiguous() for k, v in run.net.state_dict().items()}, run.folder / "last.safetensors")
    save_file({k: v.contiguous() for k, v in run.mean.items()}, run.folder / "mean.safetensors")
    save_file(moments, run.folder / "moments.safetensors")
    (run.folder / "state.json").write_text(
        json.dumps({"pages": run.pages, "seed": SEED, "shape": run.net.shape.as_dict()})
    )


def rate(pages: int, target: int) -> float:
    """Learning rate: a short warm-up, then a straight fall to nothing at the target, where the run ends."""
    return PEAK * min(max(pages, 40) / 1200, max((target - pages) / max(target - 1200, 1), 0.01))


def draw(index: int, words_path: str = str(WORDS)) -> Example:
    """Training page `index`: known words hidden at random, long pages cut to a window."""
    place = receipts.folder() if index % REAL == REAL - 1 else None
    real = receipts.pages(place) if place else ()
    made = real[index // REAL % len(real)] if real else generate.page(SEED, index)
    rng = np.random.default_rng((SEED, index))
    drop = rng.random(len(made.page.words)) < rng.choice([0.05, 0.15, 0.4], p=[0.5, 0.35, 0.15])
    found = example(made, drop, words_path)
    if len(found.tags) > WINDOW:
        found = crop(found, int(rng.integers(0, len(found.tags) - WINDOW + 1)), WINDOW)
    return found


def forward(
    net: LayoutNet, batch: dict[str, Any]
) -> tuple[dict[str, torch.Tensor], tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    b = {name: torch.from_numpy(array) for name, array in batch.items()}
    with torch.autocast("cpu", torch.bfloat16):
        tag, row, kind = net(*(b[name] for name in INPUTS))
    return b, (tag.float(), row.float(), kind.float())


def loss_of(b: dict[str, torch.Tensor], out: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> torch.Tensor:
    tag, row, kind = out
    tags, scores = b["tags"].flatten(), tag.flatten(0, 1)
    said = tags.masked_fill(tags == OPEN, -100)
    total = functional.cross_entropy(scores, said, ignore_index=-100, label_smoothing=0.02)
    if bool((tags == OPEN).any()):
        total = total + _unlikely(scores[tags == OPEN], int((tags != -100).sum()))
    if bool((b["rows"] >= 0).any()):
        total = total + 0.4 * functional.cross_entropy(row.flatten(0, 1), b["rows"].flatten(), ignore_index=-100)
    total = total + 0.1 * functional.cross_entropy(kind[:, :-1], b["kind"])
    return total + 0.05 * functional.binary_cross_entropy_with_logits(kind[:, -1], b["first"])


def _unlikely(scores: torch.Tensor, words: int) -> torch.Tensor:
    """Loss of words that are none of the annotated fields: whatever else they are is left to the network."""
    other = [n for n in range(scores.shape[1]) if n not in KNOWN]
    loss: torch.Tensor = (scores.logsumexp(1) - scores[:, other].logsumexp(1)).sum() / words
    return loss


def step(run: Run, found: list[Example], target: int) -> float:
    run.net.train()
    for group in run.optimiser.param_groups:
        group["lr"] = rate(run.pages, target)
    loss = loss_of(*forward(run.net, collate(found)))
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.net.parameters(), 1.0)
    run.optimiser.step()
    keep = min(AVERAGE, (1 + run.pages / 8) / (10 + run.pages / 8))
    with torch.no_grad():
        for name, value in run.net.state_dict().items():
            run.mean[name].mul_(keep).add_(value, alpha=1 - keep)
    return float(loss.detach())


def validate(run: Run, count: int) -> dict[str, Any]:
    """Scores of the averaged weights on held-out pages."""
    net = LayoutNet(run.net.shape)
    net.load_state_dict(run.mean)
    net.eval()
    truth, guess, rows, kinds = [], [], [0, 0], 0
    for index in range(count):
        e = example(generate.page(HELD_OUT, index))
        e = crop(e, 0, 2 * WINDOW)
        with torch.no_grad():
            _, (tag, row, kind) = forward(net, collate([e]))
        truth.append(e.tags)
        guess.append(tag[0].argmax(-1).numpy())
        known = e.rows >= 0
        rows[0] += int((row[0].argmax(-1).numpy()[known] == e.rows[known]).sum())
        rows[1] += int(known.sum())
        kinds += int(kind[0, :-1].argmax()) == e.kind
    return {"fields": span_scores(truth, guess), "rows": rows[0] / max(rows[1], 1), "kind": kinds / count}


def train(target: int, folder: Path, every: int, batch: int = 8) -> Run:
    """Run until `target` pages were seen; checkpoint and validate every so many pages."""
    run = start(folder)
    began, seen, total = time.monotonic(), run.pages, 0.0
    pool = batch * 8
    while run.pages < target:
        found = sorted((draw(run.pages + n) for n in range(pool)), key=lambda e: len(e.tags))
        groups = [found[k : k + batch] for k in range(0, pool, batch)]
        for k in np.random.default_rng((SEED, run.pages)).permutation(len(groups)):
            total = 0.95 * total + 0.05 * step(run, groups[k], target) if total else step(run, groups[k], target)
            run.pages += batch
        if run.pages // every != (run.pages - pool) // every or run.pages >= target:
            save(run)
            scores = validate(run, 50)
            log.info(
                "pages %d loss %.3f speed %.1f/s spans %.3f rows %.3f kind %.3f",
                run.pages,
                total,
                (run.pages - seen) / (time.monotonic() - began),
                scores["fields"]["all"]["f1"],
                scores["rows"],
                scores["kind"],
            )
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=24_000)
    parser.add_argument("--folder", type=Path, default=Path("var/layout"))
    parser.add_argument("--every", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(args.pages, args.folder, args.every)
    export.publish(args.folder)


if __name__ == "__main__":
    main()
