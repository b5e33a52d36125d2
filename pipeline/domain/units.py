"""Unit codes: one spelling for each (spec A.7). Sizes are never here: they belong to an item of a supplier."""

from pipeline.domain.identifiers import squash

ALIASES = {
    **dict.fromkeys(("PCE", "C62", "H87", "EACH"), "EA"),
    "BOX": "BX",
    **dict.fromkeys(("CA", "CASE"), "CS"),
    "PAC": "PK",
    "CTN": "CT",
    "DZN": "DZ",
}


def norm_unit(raw: str) -> str:
    """Codes of Rec 20 and X12 355 as one code; an unknown one stays as it is, in upper case."""
    code = squash(raw)
    return ALIASES.get(code, code)
