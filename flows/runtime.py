"""What every flow shares: one App per process, and batches."""

from datetime import date
from functools import lru_cache

from pipeline.app import App
from pipeline.bootstrap import build_app

BATCH = 50


def get_app(as_of: str | None = None) -> App:
    """The App of this process under the policy in force now; `as_of` (ISO date) fixes the business date of every check."""
    return open_app(as_of).current()


@lru_cache(maxsize=4)
def open_app(as_of: str | None) -> App:
    return build_app(as_of=date.fromisoformat(as_of) if as_of else None)


def batches(ids: list[str]) -> list[list[str]]:
    """Prefect pays per task run, so a task takes about 50 documents (docs/decisions/0002)."""
    return [ids[i : i + BATCH] for i in range(0, len(ids), BATCH)]
