"""The policy in force, read-only: every limit and the hash that each decision carries."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pipeline.web.render import page
from pipeline.web.security import desk_of, requires

router = APIRouter()


@router.get("/policy", dependencies=[requires("policy.view")])
def show_policy(request: Request) -> Response:
    policy = desk_of(request).policy
    return page(request, "policy.html", nav="policy", policy=policy, rows=list(flatten(policy)))


def flatten(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`section.key` and its value, for any nesting of dataclasses, models, mappings and sequences."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    elif hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flatten(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple | set | frozenset):
        parts = [dict(flatten(v)) for v in value]
        yield path, "; ".join(", ".join(f"{k} {v}".strip() for k, v in part.items()) for part in parts) or "none"
    else:
        empty = "–" if path.startswith("meta.") else "not checked"
        yield path, empty if value is None or value == "" else str(value)
