"""Numbers in a clerk's words."""

from decimal import Decimal

from rules.limits import Limits


def plain(value: Decimal | None) -> str:
    """A number without trailing zeros or exponent; "none" when there is none."""
    if value is None:
        return "none"
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def percent(part: Decimal, base: Decimal) -> Decimal | None:
    """part as a percentage of base, two decimals, for display only."""
    return (part * 100 / base).quantize(Decimal("0.01")) if base else None


def limit_words(limits: Limits, section: str) -> tuple[str, str]:
    """The limits of a section in words, and the most specific source among them."""
    names = {"upper_pct": "{} %", "upper_abs": "{}", "upper_qty": "{} units", "ignore_abs": "ignore up to {}"}
    parts, sources = [], []
    for name, words in {**names, "value_floor": "value up to {}"}.items():
        key = f"{section}.{name}"
        value = limits.values.get(key)
        if value is None or (value == 0 and name in ("ignore_abs", "value_floor")):
            continue
        shown = value.quantize(Decimal("0.01")) if value.as_tuple().exponent < -6 else value  # type: ignore[operator]
        parts.append(words.format(plain(shown)))
        sources.append(limits.source(key))
    special = [source for source in sources if source != "system policy"]
    return " and ".join(parts) or "no limit", special[0] if special else "system policy"
