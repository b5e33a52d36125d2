"""X12 interchanges taken apart: separators from the ISA, envelopes checked as a 997 would, transactions handed out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.domain.errors import InvalidInput

ISA_LENGTH = 106
MAX_SEGMENT = 20_000
MAX_SEGMENTS = 200_000

Segment = list[str]


@dataclass
class Transaction:
    """One ST..SE set with its segments between, its control numbers, and what is wrong with its envelope."""

    code: str
    control: str
    segments: list[Segment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def transactions(data: bytes) -> tuple[Transaction, ...]:
    """Every transaction set of every interchange. Raises InvalidInput where no interchange can be made out."""
    text = decode(data)
    found: list[Transaction] = []
    controls: set[str] = set()
    for segments in interchanges(text):
        isa = segments[0]
        sets = sets_of(segments)
        if isa[13] in controls:
            _blame(sets, f"Interchange {isa[13]} occurs twice in the file.")
        controls.add(isa[13])
        found.extend(sets)
    return tuple(found)


def decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.lstrip()
    if not text.startswith("ISA"):
        raise InvalidInput("The file is no X12 interchange: it does not begin with ISA.")
    return text


def interchanges(text: str) -> Iterator[list[Segment]]:
    """The segments of each ISA..IEA; separators may differ from one interchange to the next (X12.5)."""
    rest, seen = text, 0
    while rest:
        element, terminator = _separators(rest)
        segments: list[Segment] = []
        for raw in rest.split(terminator):
            if len(raw) > MAX_SEGMENT or (seen := seen + 1) > MAX_SEGMENTS:
                raise InvalidInput("The X12 file has a segment longer, or more segments, than an invoice can have.")
            consumed = len(raw) + 1
            rest = rest[consumed:]
            if raw.strip():
                segments.append([part.strip() for part in raw.strip("\r\n\t ").split(element)])
            if segments and segments[-1][0] == "IEA":
                break
        if not segments or segments[-1][0] != "IEA":
            raise InvalidInput("The X12 file is cut off: the interchange has no end (IEA).", "Ask for it again.")
        yield segments
        rest = rest.lstrip()
        if rest and not rest.startswith("ISA"):
            raise InvalidInput("The X12 file has text after its end.")


def _separators(text: str) -> tuple[str, str]:
    """Element separator and segment terminator. The ISA is of fixed length; anything else would be a guess."""
    header = text[:ISA_LENGTH]
    element = header[3:4]
    fields = header[: ISA_LENGTH - 1].split(element) if element else []
    if len(header) < ISA_LENGTH or len(fields) != 17 or len(fields[16]) != 1 or element.isalnum():
        raise InvalidInput("The X12 header (ISA) does not have its fixed length of 106 characters.")
    terminator = header[ISA_LENGTH - 1]
    if terminator.isalnum() or terminator == element:
        raise InvalidInput("The X12 header (ISA) names no usable segment terminator.")
    return element, terminator


def sets_of(segments: list[Segment]) -> list[Transaction]:
    """Transactions with the checks of segment counts and control numbers (what a 997 would refuse)."""
    isa, iea = segments[0], segments[-1]
    found: list[Transaction] = []
    group: list[Transaction] = []
    gs: Segment = ["GS"]
    groups, current = 0, None
    for segment in segments[1:-1]:
        match segment[0]:
            case "GS":
                gs, group, groups = segment, [], groups + 1
            case "GE":
                _check_group(gs, segment, group)
                gs = ["GS"]
            case "ST":
                numbers = f"{at(isa, 13)}/{at(gs, 6)}/{at(segment, 2)}"
                current = Transaction(at(segment, 1), numbers, [segment])
                group.append(current)
                found.append(current)
            case "SE" if current:
                _check_set(current, segment)
                current = None
            case _ if current:
                current.segments.append(segment)
    if current:
        current.problems.append("The transaction set has no end (SE).")
    if at(iea, 2) != at(isa, 13):
        _blame(found, "The control numbers of ISA and IEA differ.")
    if at(iea, 1) != str(groups):
        _blame(found, f"IEA counts {at(iea, 1)} groups, the file holds {groups}.")
    return found


def _check_set(current: Transaction, end: Segment) -> None:
    count = len(current.segments) + 1
    if not at(end, 1).isdigit() or int(at(end, 1)) != count:
        current.problems.append(f"SE counts {at(end, 1)} segments, the set holds {count}.")
    if at(end, 2) != at(current.segments[0], 2):
        current.problems.append("The control numbers of ST and SE differ.")


def _check_group(start: Segment, end: Segment, group: list[Transaction]) -> None:
    if at(end, 1) != str(len(group)):
        _blame(group, f"GE counts {at(end, 1)} sets, the group holds {len(group)}.")
    if at(end, 2) != at(start, 6):
        _blame(group, "The control numbers of GS and GE differ.")


def _blame(sets: list[Transaction], problem: str) -> None:
    for one in sets:
        one.problems.append(problem)


def at(segment: Segment, index: int) -> str:
    """An element by its X12 number; empty where the segment is shorter."""
    return segment[index] if index < len(segment) else ""
