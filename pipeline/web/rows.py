"""Rows of the read models as lists show them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipeline.web.render import age_words, due_words, known, money, translate


def queue_row(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """One line of the queue: what, how much, why, until when, who."""
    codes = [pair[0] for pair in row.get("codes") or []]
    primary = row.get("primary_code")
    lead = str(primary if primary in codes else (codes[0] if codes else primary or ""))
    words, level = due_words(row.get("due_at"), now)
    lock = row.get("lock_expires_at")
    live = not lock or (datetime.fromisoformat(lock) if isinstance(lock, str) else lock) > now
    state = row.get("item_state") or row.get("state") or ""
    return {
        "id": row.get("item_id") or row["id"], "invoice_id": row["invoice_id"],
        "supplier": row.get("supplier_name") or row.get("supplier_id") or "–",
        "number": row.get("invoice_number") or "–", "document": file_name(row),
        "total": money(row.get("total")), "currency": row.get("currency") or "", "why": code_words(lead), "code": lead,
        "more": max(0, len(set(codes)) - 1), "queue": row.get("queue", ""), "state": state,
        "claimed_by": row.get("claimed_by") if state == "CLAIMED" and live else None,
        "assignee": row.get("assignee"), "due": words, "due_level": level, "age": age_words(row.get("opened_at"), now),
        "sla": row.get("sla_class") or "", "priority": _score(row.get("priority_score")),
        "restricted": bool(row.get("restricted")), "paused_until": row.get("paused_until"),
        "owner_role": row.get("owner_role", ""), "invoice_due": row.get("due_date") or "",
        "reopened": row.get("reopened_count") or 0,
    }  # fmt: skip


def file_name(row: Mapping[str, Any]) -> str:
    """The document's own name, without the folders it came through."""
    whole = str(row.get("part") or row.get("document") or row.get("source_name") or "")
    return whole.replace("\\", "/").rsplit("/", 1)[-1]


def code_words(code: str) -> str:
    """A finding's code in words."""
    if code.startswith("APPROVAL_") and not known(f"codes.{code}"):
        return translate("codes.APPROVAL")
    return translate(f"codes.{code}") if code else ""


def _score(value: Any) -> int:
    try:
        return int(float(value or 0))
    except (TypeError, ValueError):
        return 0


def invoice_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the search."""
    return {
        "id": row["id"], "supplier": row.get("supplier_name") or row.get("supplier_id") or "–",
        "number": row.get("invoice_number") or "–", "total": money(row.get("total")), "currency": row.get("currency") or "",
        "state": row.get("state") or "", "received": row.get("received_on") or "", "channel": row.get("channel") or "",
        "document": file_name(row), "po": row.get("po_number") or "–",
        "why": code_words(row.get("primary_code") or ""),
    }  # fmt: skip
