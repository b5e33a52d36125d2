"""Which models there are: name, version, file, hash, data and metrics. Loading refuses a file whose hash differs."""

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.domain.errors import ApdeskError

ROOT = Path(__file__).parent
REGISTRY = ROOT / "registry.toml"


class ModelRefused(ApdeskError):
    """A model that is not registered, missing, or whose bytes are not the registered ones."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered model. `sha256` is of the weights, `data` of the training data."""

    name: str
    version: str
    path: str
    sha256: str
    data: str
    seed: int
    card: str
    metrics: dict[str, float] = field(default_factory=dict)


def entries(registry: Path = REGISTRY) -> dict[str, Entry]:
    """All registered models by name."""
    if not registry.exists():
        return {}
    rows = tomllib.loads(registry.read_text(encoding="utf-8"))
    return {name: Entry(name=name, **row) for name, row in rows.items()}


def load_bytes(name: str, registry: Path = REGISTRY) -> bytes:
    """The weights of a registered model. Raises ModelRefused."""
    entry = entries(registry).get(name)
    if entry is None:
        raise ModelRefused(f"No model named {name} is registered.", "Run make train.")
    path = registry.parent / entry.path
    if not path.exists():
        raise ModelRefused(f"The weights of {name} are missing ({entry.path}).", "Run make train.")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise ModelRefused(f"The weights of {name} are not the registered ones.", "Restore them or run make train.")
    return data


def load_json(name: str, registry: Path = REGISTRY) -> dict[str, Any]:
    """The weights of a model kept as JSON. Raises ModelRefused."""
    loaded: dict[str, Any] = json.loads(load_bytes(name, registry))
    return loaded


def register(entry: Entry, registry: Path = REGISTRY) -> None:
    """Add or replace an entry; the file is written in order of name, so that a rebuild gives the same bytes."""
    known = {**entries(registry), entry.name: entry}
    parts = ["# Written by training. Do not edit: loading refuses weights whose hash differs.\n"]
    for name in sorted(known):
        parts.append(_section(known[name]))
    registry.write_text("\n".join(parts), encoding="utf-8")


def _section(entry: Entry) -> str:
    lines = [f"[{entry.name}]"]
    for key in ("version", "path", "sha256", "data", "card"):
        lines.append(f"{key} = {json.dumps(getattr(entry, key))}")
    lines.append(f"seed = {entry.seed}")
    metrics = ", ".join(f"{k} = {round(v, 5)}" for k, v in sorted(entry.metrics.items()))
    lines.append(f"metrics = {{ {metrics} }}")
    return "\n".join(lines) + "\n"


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
