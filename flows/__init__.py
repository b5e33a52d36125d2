"""Thin Prefect flows: ids only, our database is the truth about an invoice.

Prefect reads its environment when it is imported, so it is set here, before any flow module can import it. What the
operator has set stays. Without PREFECT_API_URL an embedded server is started for the run.
"""

import os

from pipeline.config import load_settings

_HOME = load_settings().home / "prefect"
_HOME.mkdir(parents=True, exist_ok=True)
_DEFAULTS = {
    "PREFECT_HOME": str(_HOME.resolve()),
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}
for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)
