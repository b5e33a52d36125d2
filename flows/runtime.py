"""What every flow shares: Prefect's own home beside ours, telemetry off, one App per process."""

import os
from datetime import date
from functools import lru_cache
from pathlib import Path

from pipeline.config import load_settings

BATCH = 50


def prepare_prefect() -> None:
    """Set Prefect's environment before it is imported; what the operator has set stays.

    A server of its own is optional: without PREFECT_API_URL an embedded one is started for the run.
    """
    home = Path(load_settings().home) / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    defaults = {
        "PREFECT_HOME": str(home.resolve()),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


prepare_prefect()

from pipeline.app import App  # noqa: E402
from pipeline.bootstrap import build_app  # noqa: E402


@lru_cache(maxsize=4)
def get_app(as_of: str | None = None) -> App:
    """The App of this process; `as_of` (ISO date) fixes the business date of every check."""
    return build_app(as_of=date.fromisoformat(as_of) if as_of else None)


def batches(ids: list[str]) -> list[list[str]]:
    """Prefect pays per task run, so a task takes about 50 documents (docs/decisions/0002)."""
    return [ids[i : i + BATCH] for i in range(0, len(ids), BATCH)]
