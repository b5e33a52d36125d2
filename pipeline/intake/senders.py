"""Is a mail's sender who it says it is? (spec C.1 DOC_QUARANTINE: DMARC fail with a known supplier's domain; issue: mail)

Authentication-Results is written by our own mail server. Look-alike domains are found by shape and by one letter's
difference from a domain of the supplier master.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from pipeline.domain.arrivals import MailHeaders, Refused
from pipeline.domain.document import ReadStatus
from pipeline.domain.supplier import Supplier

LEAST_LETTERS = 6
# Letters that look like others in a mail program, Cyrillic and Greek among them.
LOOKS = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y"}
    | {"х": "x", "і": "l", "ј": "j", "ѕ": "s", "ԁ": "d", "һ": "h", "к": "k", "м": "m", "т": "t", "в": "b", "н": "h"}
    | {"ο": "o", "α": "a", "ν": "v", "ρ": "p", "ι": "l", "κ": "k", "ı": "l", "ɡ": "g", "-": None, "_": None}
)


@dataclass(frozen=True)
class Known:
    """The domains of the supplier master, prepared once per load of it: domain -> supplier's name."""

    owners: dict[str, str]
    shapes: dict[str, str]
    labels: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, owners: dict[str, str]) -> "Known":
        ordered = sorted(owners)
        shapes = {_shape(each): each for each in reversed(ordered)}
        labels = tuple((_label(each), each) for each in ordered)
        return cls(owners, shapes, tuple(pair for pair in labels if len(pair[0]) >= LEAST_LETTERS))


class _Latest:
    """The last list of suppliers and what was prepared from it. The store hands out the same list until the next load."""

    def __init__(self) -> None:
        self._pair: tuple[Iterable[Supplier], Known] | None = None

    def known(self, suppliers: Iterable[Supplier]) -> Known:
        pair = self._pair
        if pair is not None and pair[0] is suppliers and isinstance(suppliers, tuple):
            return pair[1]
        owners = {domain.lower().lstrip("@"): each.name for each in suppliers for domain in each.domains if domain}
        found = Known.of(owners)
        self._pair = (suppliers, found)
        return found


_LATEST = _Latest()


def trusted(headers: MailHeaders, authserv_id: str) -> MailHeaders:
    """The headers with the results of our own mail server alone; anybody can write such a header under another name.

    Without a name the topmost header counts, which the last server wrote.
    """
    if not authserv_id:
        return headers
    ours = [results for server, results in headers.servers if server == authserv_id.strip().lower()]
    return replace(headers, authentication=ours[0] if ours else {})


def doubts(headers: MailHeaders, suppliers: Iterable[Supplier]) -> tuple[str, ...]:
    """Every sentence that speaks against the sender, whether it locks the mail up or only stands beside the decision."""
    locked = spoofing(headers, suppliers)
    found = [locked.reason] if locked else []
    results = headers.authentication
    if results.get("dmarc") == "fail":
        found.append("The sender's domain does not confirm this mail (DMARC failed).")
    elif results.get("dmarc") != "pass":
        if results.get("spf") in ("fail", "softfail"):
            found.append("The mail came from a server that the sender's domain does not name (SPF failed).")
        if results.get("dkim") == "fail":
            found.append("The mail's signature does not fit it (DKIM failed).")
    return tuple(dict.fromkeys([*found, *headers.problems]))


def spoofing(headers: MailHeaders, suppliers: Iterable[Supplier]) -> Refused | None:
    """Why a mail must not be taken as its named sender's; None when nothing speaks against it.

    A domain that is itself in the master is never a look-alike of another.
    """
    known = _LATEST.known(suppliers)
    domain = domain_of(headers.sender)
    owner = _owner(domain, known.owners)
    if owner is not None:
        return (
            _refused(f"The mail says it comes from {owner}, but its domain does not confirm it.")
            if _failed(headers)
            else None
        )
    claimed = _owner(domain_of(headers.sender_name), known.owners)
    if claimed is not None:
        return _refused(f"The mail shows an address of {claimed}, but was sent from another domain.")
    twin = _twin(domain, known)
    return _refused(f"The sender's domain {domain} looks like {twin} of {known.owners[twin]}.") if twin else None


def known_sender(sender: str, suppliers: Iterable[Supplier]) -> bool:
    """Whether the address is of a domain in the supplier master (I.7: answers go to known senders only)."""
    return _owner(domain_of(sender), _LATEST.known(suppliers).owners) is not None


def domain_of(address: str) -> str:
    """The domain of the last address in a text, punycode undone, in lower case; empty when there is none."""
    found = re.findall(r"@([\w.-]+)", address)
    domain = found[-1].strip(".").lower() if found else ""
    try:
        return domain.encode("ascii").decode("idna") if "xn--" in domain else domain
    except UnicodeError:
        return domain


def look_alike(domain: str, known: Iterable[str]) -> str | None:
    """The known domain that this one could be taken for: same shape, or one letter more, less, other or swapped."""
    return _twin(domain, Known.of(dict.fromkeys(known, "")))


def _twin(domain: str, known: Known) -> str | None:
    if not domain:
        return None
    same = known.shapes.get(_shape(domain))
    label = _label(domain)
    if same or len(label) < LEAST_LETTERS:
        return same
    # The same name under another ending is another company or a branch, not a slip of the eye.
    distances = (
        (other, OSA.distance(label, name, score_cutoff=1))
        for name, other in known.labels
        if abs(len(name) - len(label)) < 2
    )
    return next((other for other, distance in distances if distance == 1), None)


def _failed(headers: MailHeaders) -> bool:
    results = headers.authentication
    if "dmarc" in results:
        return results["dmarc"] == "fail"
    return results.get("spf") == "fail" and results.get("dkim", "fail") != "pass"


def _owner(domain: str, known: dict[str, str]) -> str | None:
    """The supplier of a domain or of a domain above it."""
    while domain:
        if domain in known:
            return known[domain]
        _, _, domain = domain.partition(".")
    return None


def _label(domain: str) -> str:
    """The name before the ending: `acme` of mail.acme.com."""
    parts = domain.split(".")
    short = len(parts) > 2 and len(parts[-2]) <= 3
    return parts[-3] if short else parts[-2] if len(parts) > 1 else domain


def _shape(domain: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", domain) if not unicodedata.combining(c))
    return plain.translate(LOOKS).replace("rn", "m").replace("vv", "w").replace("cl", "d")


def _refused(reason: str) -> Refused:
    return Refused(ReadStatus.QUARANTINED, reason, "SPOOF")
