"""What a document-level charge or allowance is for (spec A.3 types), from its code and its words."""

import re

# UNCL 7161 (charges) and UNCL 5189 (allowances); X12 element 1300 (SAC02).
BY_CODE = {
    "FC": "freight",
    "FRT": "freight",
    "DL": "freight",
    "HD": "handling",
    "SH": "handling",
    "PC": "handling",
    "95": "discount",
    "64": "discount",
    "100": "discount",
    "71": "rebate",
    "104": "rebate",
    "D240": "freight",
    "D500": "handling",
    "D980": "other",
    "G821": "freight",
    "G830": "freight",
    "G740": "freight",
    "H507": "freight",
    "D260": "fuel_surcharge",
    "F050": "other",
    "F060": "fuel_surcharge",
    "F320": "freight",
    "B720": "handling",
    "C310": "discount",
    "C300": "discount",
    "F800": "rebate",
    "F810": "rebate",
    "C880": "small_order",
    "F550": "hazmat",
    "D550": "hazmat",
    "E170": "hazmat",
    "H970": "restocking",
    "F780": "rebate",
    "I170": "discount",
    "I530": "discount",
}
BY_WORD = (
    ("fuel_surcharge", r"fuel|energie|treibstoff|carburant"),
    ("hazmat", r"hazmat|hazard|dangerous|gefahr"),
    ("small_order", r"small order|minimum order|mindermenge|minimum billing"),
    ("restocking", r"restock"),
    ("cold_chain", r"cold|kühl|temperature|refriger|dry ice"),
    ("distribution_fee", r"distribution"),
    ("handling", r"handling|bearbeitung|packaging|verpackung|packing|manutention|emballage"),
    ("freight", r"freight|shipping|shipment|delivery|carriage|fracht|versand|porto|transport|frais de port|livraison"),
    ("rebate", r"rebate|bonus"),
    ("discount", r"discount|rabatt|remise|skonto|nachlass|korting|allowance"),
)


def charge_type(code: str | None, reason: str | None, is_charge: bool) -> str:
    """The type of spec A.3; the words win over the code, because senders know their words better than code lists."""
    words = (reason or "").lower()
    for name, pattern in BY_WORD:
        if re.search(pattern, words):
            return name
    found = BY_CODE.get((code or "").strip().upper(), "other")
    return found if is_charge or found in ("discount", "rebate") else ("discount" if found == "other" else found)
