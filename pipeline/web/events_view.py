"""Audit events in words: who did what, when, and what changed."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.domain.cells import inert
from pipeline.domain.events import AuditEvent
from pipeline.review.fields import SECRET
from pipeline.web.render import instant, translate

_QUIET = frozenset({"item", "decision", "checks", "fields", "lock"})


def event_rows(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    return [event_row(event) for event in events]


def event_row(event: AuditEvent) -> dict[str, Any]:
    draft = event.draft
    return {
        "seq": event.seq, "at": instant(event.occurred_at), "who": draft.actor.name or draft.actor.id,
        "type": draft.actor.type, "what": translate(f"events.{draft.action}"), "action": str(draft.action),
        "object": draft.object_id, "object_type": draft.object_type, "changes": changes(draft.diff),
        "details": details(draft.after), "comment": draft.comment, "code": draft.reason_code, "hash": event.hash[:12],
        "policy": draft.policy_version[:12], "version": draft.object_version,
    }  # fmt: skip


def changes(diff: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(field, old, new); secret values stay secret."""
    rows = []
    for name, pair in diff.items():
        old, new = (pair[0], pair[1]) if isinstance(pair, list | tuple) and len(pair) == 2 else ("", pair)
        if name in SECRET:
            old, new = "••••", "••••"
        rows.append((name, _text(old), _text(new)))
    return rows


def details(after: dict[str, Any]) -> str:
    """The small facts of an event in one line."""
    small = [
        (k, v) for k, v in after.items() if k not in _QUIET and isinstance(v, str | int | float | bool) and v != ""
    ]
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in small)[:300]


def _text(value: Any) -> str:
    return "–" if value in (None, "") else str(value)


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV in UTF-8; the first one names the columns. Cells cannot become formulas."""
    out = io.StringIO()
    csv.writer(out).writerows([inert(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode()
