"""Every five minutes: what time alone does to open work (spec E.5, E.6, F.3)."""

from prefect import flow

from flows.runtime import get_app
from pipeline.review.clock import sweep


@flow(name="clock")
def run_clock(as_of: str | None = None) -> dict[str, int]:
    """Counts by what was done; a missed run is caught up by the next."""
    return sweep(get_app(as_of))
