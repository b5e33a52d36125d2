"""Documents with truth that lie beside the checkout: benchmarks use them when they are there, and skip when not."""

from pathlib import Path

ROOT = Path(__file__).parents[1]


def beside(name: str, marker: str) -> Path:
    """The folder `name` that holds `marker`, in a folder beside the checkout or one above; `name` itself when there is none."""
    for place in (ROOT.parent, ROOT.parent.parent):
        found = sorted(place.glob(f"*/{name}/{marker}"))
        if found:
            return found[0].parents[len(Path(marker).parts) - 1]
    return Path(name)
