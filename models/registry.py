"""The register of trained models: which file, trained on what, how good; a file that does not match is not loaded.

`registry.toml` has a table per model. Paths are relative to this folder.
"""

import hashlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent
REGISTER = HOME / "registry.toml"


class ModelMismatchError(Exception):
    """A model file is missing or is not the registered one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered model: version, file and its SHA-256, digest of the training data, metrics and further facts."""

    name: str
    version: str
    path: Path
    sha256: str
    data_sha256: str
    metrics: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def entry(name: str, register: Path = REGISTER) -> Entry:
    """The entry of a model. Raises ModelMismatchError when there is none."""
    table = tomllib.loads(register.read_text(encoding="utf-8")) if register.is_file() else {}
    if name not in table:
        raise ModelMismatchError(f"No model named {name} is registered.")
    known = dict(table[name])
    metrics = known.pop("metrics", {})
    return Entry(
        name,
        str(known.pop("version")),
        register.parent / known.pop("file"),
        known.pop("sha256"),
        known.pop("data_sha256"),
        metrics,
        known,
    )


def verified(name: str, register: Path = REGISTER) -> Entry:
    """The entry, after checking that its file has the registered digest."""
    found = entry(name, register)
    if not found.path.is_file():
        raise ModelMismatchError(f"The file of model {name} is missing: run make train.")
    if hashlib.sha256(found.path.read_bytes()).hexdigest() != found.sha256:
        raise ModelMismatchError(f"The file of model {name} is not the registered one: run make train.")
    return found


def record(name: str, values: dict[str, Any], register: Path = REGISTER) -> None:
    """Write or replace the table of a model; other tables stay as they are."""
    table = tomllib.loads(register.read_text(encoding="utf-8")) if register.is_file() else {}
    table[name] = values
    lines = ["# Trained models. Written by the training commands; see each model's card.\n"]
    for key in sorted(table):
        flat = {k: v for k, v in table[key].items() if not isinstance(v, dict)}
        lines += [f"[{key}]\n", *(f"{k} = {_value(v)}\n" for k, v in flat.items())]
        for sub, inner in table[key].items():
            if isinstance(inner, dict):
                lines += [f"\n[{key}.{sub}]\n", *(f"{k} = {_value(v)}\n" for k, v in inner.items())]
        lines.append("\n")
    register.write_text("".join(lines).rstrip("\n") + "\n", encoding="utf-8")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
