"""Is a mail's sender who it says it is? (spec C.1 DOC_QUARANTINE: DMARC fail with a known supplier's domain; issue: mail)

Authentication-Results is written by our own mail server. Look-alike domains are found by shape and by one letter's
difference from a domain of the supplier master.
"""

import re
import unicodedata
from collections.abc import Iterable

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


def spoofing(headers: MailHeaders, suppliers: Iterable[Supplier]) -> Refused | None:
    """Why a mail must not be taken as its named sender's; None when nothing speaks against it.

    A domain that is itself in the master is never a look-alike of another.
    """
    known = {domain.lower().lstrip("@"): each.name for each in suppliers for domain in each.domains if domain}
    domain = domain_of(headers.sender)
    owner = _owner(domain, known)
    if owner is not None:
        return (
            _refused(f"The mail says it comes from {owner}, but its domain does not confirm it.")
            if _failed(headers)
            else None
        )
    claimed = _owner(domain_of(headers.sender_name), known)
    if claimed is not None:
        return _refused(f"The mail shows an address of {claimed}, but was sent from another domain.")
    twin = look_alike(domain, known)
    return _refused(f"The sender's domain {domain} looks like {twin} of {known[twin]}.") if twin else None


def known_sender(sender: str, suppliers: Iterable[Supplier]) -> bool:
    """Whether the address is of a domain in the supplier master (I.7: answers go to known senders only)."""
    known = {domain.lower().lstrip("@"): each.name for each in suppliers for domain in each.domains if domain}
    return _owner(domain_of(sender), known) is not None


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
    if not domain:
        return None
    shape, label = _shape(domain), _label(domain)
    for other in sorted(known):
        if shape == _shape(other):
            return other
        name = _label(other)
        # The same name under another ending is another company or a branch, not a slip of the eye.
        if min(len(label), len(name)) >= LEAST_LETTERS and label != name and OSA.distance(label, name) == 1:
            return other
    return None


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
