"""Unit codes: one spelling for each (spec A.7). Sizes are never here: they belong to an item of a supplier."""

from functools import lru_cache

from pipeline.domain.identifiers import squash

ALIASES = {
    **dict.fromkeys(("PCE", "C62", "H87", "EACH"), "EA"),
    # Words for a piece that papers print; STCK is "Stück" without what is no letter A-Z.
    **dict.fromkeys(("EACHES", "PC", "PCS", "PIECE", "PIECES", "STK", "STCK", "STUECK"), "EA"),
    "BOX": "BX",
    **dict.fromkeys(("CA", "CASE"), "CS"),
    "PAC": "PK",
    "CTN": "CT",
    "DZN": "DZ",
}


@lru_cache(maxsize=4096)
def norm_unit(raw: str) -> str:
    """Codes of Rec 20 and X12 355 as one code; an unknown one stays as it is, in upper case."""
    code = squash(raw)
    return ALIASES.get(code, code)
