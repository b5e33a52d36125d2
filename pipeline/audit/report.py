"""One invoice's story, in order, in words (spec G, H.4)."""

from collections.abc import Iterable, Iterator

from pipeline.domain.events import AuditEvent


def story_lines(events: Iterable[AuditEvent]) -> Iterator[str]:
    """One line an event: when, who, what, why."""
    for event in events:
        draft = event.draft
        who = draft.actor.name or draft.actor.id
        for_whom = f" for {draft.actor.on_behalf_of}" if draft.actor.on_behalf_of else ""
        what = sentence(event)
        yield f"{event.seq:>6}  {event.occurred_at:%Y-%m-%d %H:%M:%S}  {who}{for_whom}: {what}"


def sentence(event: AuditEvent) -> str:
    """What happened, in words."""
    draft = event.draft
    parts = [str(draft.action)]
    if draft.diff:
        parts += [f"{name} {_change(change)}" for name, change in draft.diff.items()]
    if status := draft.after.get("status"):
        parts.append(str(status))
    parts += [
        check["message"] or check["code"]
        for check in draft.after.get("checks", ())
        if check["outcome"] in ("hold", "wait")
    ]
    if message := draft.after.get("message"):
        parts.append(str(message))
    if draft.reason_code:
        parts.append(draft.reason_code)
    if draft.comment:
        parts.append(draft.comment)
    return " · ".join(parts)


def _change(change: object) -> str:
    if isinstance(change, list | tuple) and len(change) == 2:
        return f"{change[0]} → {change[1]}"
    return str(change)
