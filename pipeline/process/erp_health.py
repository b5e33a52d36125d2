"""How the ERP's side is: read and fresh, posting on or off, what is owed (spec I.5, I.8). For the desk's banner and the CLI."""

import threading
import time
from dataclasses import dataclass

from pipeline.app import App

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """`problems`: streams that could not be read at their last try, with the reason. `stale`: too old for posting untouched."""

    name: str
    posting: bool
    breaker: str
    stale: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    owed: int = 0
    dead: int = 0

    @property
    def down(self) -> bool:
        """The last reads failed, or calls pause."""
        return self.breaker != "closed" or bool(self.problems)

    def row(self) -> dict[str, str | int]:
        return {
            "erp": self.name,
            "reachable": "no" if self.down else "yes",
            "posting": "on" if self.posting else "switched off",
            "circuit": self.breaker,
            "stale": ", ".join(self.stale),
            "problems": "; ".join(f"{stream}: {why}" for stream, why in self.problems),
            "owed": self.owed,
            "dead_letters": self.dead,
        }


def health(app: App) -> Health:
    """As it is now. Asks our own store only, never the ERP."""
    assert app.erp is not None
    states = app.queries.stream_states()
    owed = app.outbox.owed(["post"])
    breaker = getattr(app.erp, "breaker", None)
    return Health(
        name=app.erp.name,
        posting=app.posting_allowed() if app.posting_allowed else True,
        breaker=breaker.state if breaker else "closed",
        stale=tuple(app.stale()) if app.stale else (),
        problems=tuple((state.stream.value, state.error) for state in states if state.error),
        owed=sum(not each.dead for each in owed),
        dead=sum(each.dead for each in owed),
    )


class Watch:
    """Health for every page of the desk, looked at once in SECONDS."""

    def __init__(self) -> None:
        self._lock, self._at, self._last = threading.Lock(), 0.0, None

    _last: Health | None

    def look(self, app: App) -> Health | None:
        """None without an ERP."""
        if app.erp is None:
            return None
        with self._lock:
            if self._last is None or time.monotonic() - self._at > SECONDS:
                self._last, self._at = health(app), time.monotonic()
            return self._last
