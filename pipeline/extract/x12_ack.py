"""X12 997 functional acknowledgement: for every transaction set received, taken or refused and why (spec I.7)."""

from datetime import datetime

from pipeline.extract.x12_envelope import Segment, Transaction, at, decode, interchanges, sets_of

# AK502 by what the envelope check found; 5 is "one or more segments in error".
CODES = (("no end (SE)", "2"), ("control numbers of ST", "3"), ("SE counts", "4"))


def acknowledge(data: bytes, control: int, now: datetime) -> bytes:
    """The 997 of a file, one interchange for each received. `control` (1 to 999999999) numbers the first of them.

    A 997 is never answered with another. Empty when there is nothing to answer. Raises InvalidInput for a broken
    interchange, whose sender cannot be made out.
    """
    found = [_interchange(segments, control + n, now) for n, segments in enumerate(interchanges(decode(data)))]
    return "".join(found).encode("latin-1", "replace")


def _interchange(segments: list[Segment], control: int, now: datetime) -> str:
    isa, sets = segments[0], sets_of(segments)
    groups = [segment for segment in segments if segment[0] == "GS" and at(segment, 1) != "FA"]
    if not groups:
        return ""
    number = f"{control % 1_000_000_000:09d}"
    body: list[list[str]] = [_head(isa, number, now)]
    for place, group in enumerate(groups, 1):
        body += _group(group, [s for s in sets if s.control.split("/")[1] == at(group, 6)], place, now)
    body.append(["IEA", str(len(groups)), number])
    return "".join("*".join(_clean(part) for part in segment) + "~\n" for segment in body)


def _head(isa: Segment, number: str, now: datetime) -> list[str]:
    """The received header with sender and receiver changed about, at its fixed widths."""
    us, them = (at(isa, 7), at(isa, 8)), (at(isa, 5), at(isa, 6))
    parties = [us[0].ljust(2), us[1].ljust(15), them[0].ljust(2), them[1].ljust(15)]
    usage = at(isa, 15) if at(isa, 15) in ("P", "T") else "P"
    times = [now.strftime("%y%m%d"), now.strftime("%H%M")]
    return ["ISA", "00", " " * 10, "00", " " * 10, *parties, *times, "U", "00401", number, "0", usage, ">"]


def _group(group: Segment, sets: list[Transaction], place: int, now: datetime) -> list[list[str]]:
    answers: list[list[str]] = []
    for one in sets:
        codes = sorted({_code(problem) for problem in one.problems})
        answers += [
            ["AK2", one.code, one.control.rsplit("/", 1)[-1]],
            ["AK5", "R", *codes[:5]] if codes else ["AK5", "A"],
        ]
    good = sum(not one.problems for one in sets)
    state = "A" if good == len(sets) > 0 else "P" if good else "R"
    inner = [["ST", "997", "0001"], ["AK1", at(group, 1), at(group, 6)], *answers]
    inner.append(["AK9", state, str(len(sets)), str(len(sets)), str(good)])
    inner.append(["SE", str(len(inner) + 1), "0001"])
    dates = [now.strftime("%Y%m%d"), now.strftime("%H%M")]
    head = ["GS", "FA", at(group, 3), at(group, 2), *dates, str(place), "X", "004010"]
    return [head, *inner, ["GE", "1", str(place)]]


def _code(problem: str) -> str:
    return next((code for words, code in CODES if words in problem), "5")


def _clean(part: str) -> str:
    """Nothing from the other side may pass for a separator of ours."""
    return "".join(" " if c in "*~>" and len(part) > 1 else c for c in part if c.isprintable())
