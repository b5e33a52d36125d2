"""Our readers of foreign bytes under fire for so many minutes: a value or our typed error, quickly, and nothing else.

Run:  python -m tests.benchmarks.fuzz amount --minutes 10   (amount | date | x12 | mail | policy | all)

Hypothesis makes the inputs: shaped ones, noise, and good samples with bytes changed, cut, doubled and moved. Each round has
another seed, so that a run is repeated with `--seed`. A find is shrunk, printed, and ends the run with exit code 1. What was
found is kept in tests/property.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from pipeline.domain.document import Limits
from pipeline.domain.errors import ApdeskError, InvalidPolicy
from pipeline.extract.dates import NotADate, find_dates, parse_date, settle_order
from pipeline.extract.parse import NotAnAmount, NotAQuantity, parse_amount, parse_quantity
from pipeline.extract.x12 import read_x12
from pipeline.extract.x12_ack import acknowledge
from pipeline.intake.senders import domain_of, look_alike
from pipeline.process.guarding import decoded, encoded, look
from pipeline.review.policies import parse_policy
from rules.load import policy_from
from tests.property.test_readers_of_foreign_bytes import DEFAULT, HEADER, ISA, POLICY, SEGMENT, VALUE

NOW = datetime(2026, 3, 16, tzinfo=UTC)
EACH = 300
SLOW_SECONDS = 5.0
AMOUNTS = (
    "1,234.56", "1.234,56 €", "(1 234,56)", "USD 12.50-", "CR 99.00", "1'234.50 CHF", "$0.005", "-$1,000.00 CR", "12,345",
    "1.234.567,89", "٣٫١٤", "½", "1e9", "1,23,456.00", "O.OO", "S12.5O", "100 %", "12.34.56", "EUR1.00", "\u202e1.00",
)  # fmt: skip
DATES = (
    "03/04/2026", "2026-03-16", "16. März 2026", "le 1er février 2026", "March 5th, 2026", "20260316", "31/02/2026",
    "5 Mar '26", "1.2.26 10:30", "Mon 16 Mar 2026", "12-Jan-2026", "٠٣/٠٤/٢٠٢٦", "ＪＡＮ 1, 2026", "29/02/2025",
)  # fmt: skip
X12 = (
    ISA + "GS*IN*SUPPLIER*HOSPITAL*20260316*0900*1*X*004010~ST*810*0001~BIG*20260316*INV-1*20260301*PO-77***DI~"
    "CUR*SE*USD~REF*IV*INV-1~N1*SE*Acme Medical*92*S-1~N3*1 Main St~N4*Boston*MA*02110~ITD*01*3*2**20260401*10*20260415*30~"
    "DTM*011*20260310~IT1*1*10*EA*12.50**VN*ABC*UP*012345678905~PID*F****Gloves, nitrile~PO4*1*10*BX~CTP**CON*12.50~"
    "SAC*C*D240***1500~TXI*ST*10.00~TDS*14150~CAD*****UPS~CTT*1~SE*20*0001~GE*1*1~IEA*1*000000042~"
)


def _mail() -> bytes:
    message, inner = EmailMessage(), EmailMessage()
    for each, subject in ((inner, "Invoice 7"), (message, "Fwd: Invoice 7")):
        each["From"], each["To"] = "Billing <billing@supplier.example>", "ap@hospital.example"
        each["Subject"], each["Message-ID"] = subject, "<7@supplier.example>"
        each["Date"] = "Mon, 16 Mar 2026 09:00:00 +0000"
        each["Authentication-Results"] = "mx.hospital.example; spf=pass; dkim=fail (x); dmarc=fail"
        each.set_content("Attached.")
    inner.add_attachment(b"%PDF-1.4\n%%EOF", maintype="application", subtype="pdf", filename="Rechnung é.pdf")
    inner.add_attachment(b"\x78\x9f\x3e\x22\0\0\1", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    inner.add_attachment(b"PK\x05\x06" + b"\0" * 18, maintype="application", subtype="zip", filename="a.zip")
    message.add_attachment(inner)
    return message.as_bytes()


EDIT = st.tuples(st.integers(0, 3), st.floats(0, 1), st.integers(0, 40), st.binary(max_size=8))


def _edited(sample: bytes, edits: list[tuple[int, float, int, bytes]]) -> bytes:
    """Bytes put over, put in, cut out, or a stretch doubled, at places given as shares of the length."""
    data = bytearray(sample)
    for kind, share, length, new in edits:
        at = int(share * len(data))
        stretch = bytes(data[at : at + length])
        data[at : at + (0, len(new), length, 0)[kind]] = (new, new, b"", stretch)[kind]
    return bytes(data)


def changed(samples: list[bytes], most: int = 8) -> st.SearchStrategy[bytes]:
    return st.builds(_edited, st.sampled_from(samples), st.lists(EDIT, max_size=most))


def changed_text(samples: tuple[str, ...]) -> st.SearchStrategy[str]:
    noise = st.text(max_size=40) | st.text(alphabet="0123456789.,-+()$€% CR/OlS':janfebäàt\u00a0\u2212", max_size=30)
    mixed = st.lists(st.sampled_from(samples) | st.text(max_size=3), max_size=4).map("".join)
    return noise | mixed | changed([one.encode() for one in samples], 4).map(lambda raw: raw.decode("utf-8", "replace"))


def amount(text: str) -> None:
    for mark in (None, ".", ","):
        try:
            found = parse_amount(text, mark)
        except NotAnAmount:
            continue
        assert found.value.is_finite()
        assert all(other.is_finite() for other in found.alternatives)
    try:
        assert parse_quantity(text) is not None
    except NotAQuantity:
        return


def dates(text: str) -> None:
    found = find_dates(text)
    assert all(0 <= a.start < a.end <= b.start for a, b in pairwise(found))
    assert all(text[one.start : one.end] == one.raw for one in found)
    settle_order(found, (30, 60), True, False)
    for habit in (None, True, False):
        try:
            one = parse_date(text, habit)
        except NotADate:
            continue
        assert habit is None or one.certain is not None


def x12(data: bytes) -> None:
    for read in (read_x12, lambda raw: acknowledge(raw, 1, NOW)):
        try:
            read(data)
        except ApdeskError:
            continue


def mail(data: bytes) -> None:
    found = look(data, "a.eml", Limits())
    assert decoded(encoded(found, data), data) == found
    assert all(part.refused is None or part.refused.reason.endswith(".") for part in found.parts)
    if found.headers:
        assert found.headers.sender.isprintable()
        assert found.headers.subject.isprintable()
        look_alike(domain_of(found.headers.sender), ["supplier.example"])


def policy(given_: "bytes | dict[str, Any]") -> None:
    try:
        if isinstance(given_, dict):
            policy_from(given_)
        else:
            parse_policy(given_.decode("utf-8", "replace"))
    except InvalidPolicy as problem:
        told = problem.problems
    else:
        told = ["none"]
    assert told


def _policies() -> st.SearchStrategy[Any]:
    """Sections replaced, single settings replaced, and the shipped file with its text changed."""
    sections = st.dictionaries(st.sampled_from(sorted(DEFAULT)) | st.text(max_size=10), VALUE, max_size=4)
    tables = sorted(name for name, value in DEFAULT.items() if isinstance(value, dict) and value)

    def single(name: str) -> st.SearchStrategy[dict[str, Any]]:
        keys = st.sampled_from(sorted(DEFAULT[name])) | st.text(max_size=6)
        return st.dictionaries(keys, VALUE, min_size=1, max_size=3).map(lambda new: {name: {**DEFAULT[name], **new}})

    some = st.sampled_from(tables).flatmap(single)
    return (sections | some).map(lambda new: {**DEFAULT, **new}) | changed([POLICY.read_bytes()], 5)


@dataclass(frozen=True)
class Target:
    check: Callable[[Any], None]
    inputs: st.SearchStrategy[Any]


SHAPED_X12 = st.lists(SEGMENT, max_size=25).map(
    lambda rows: (ISA + "GS*IN*A*B*20260316*0900*1*X*004010~ST*810*1~" + "".join(rows)).encode()
)
SHAPED_MAIL = st.builds(
    lambda heads, body: "".join(heads).encode("utf-8", "surrogateescape") + b"\r\n" + body,
    st.lists(HEADER, max_size=12),
    st.binary(max_size=300),
)
TARGETS = {
    "amount": Target(amount, changed_text(AMOUNTS)),
    "date": Target(dates, changed_text(DATES)),
    "x12": Target(x12, SHAPED_X12 | changed([X12.encode()], 12) | st.binary(max_size=300)),
    "mail": Target(mail, SHAPED_MAIL | changed([_mail()], 12)),
    "policy": Target(policy, _policies()),
}


def fuzz(name: str, minutes: float, first_seed: int) -> tuple[int, float, int]:
    """Inputs tried, seconds of the slowest, and the number of rounds. Raises what the reader raised, shrunk."""
    target, counts = TARGETS[name], {"inputs": 0}
    slowest, rounds, until = 0.0, 0, time.monotonic() + minutes * 60

    def check(value: Any) -> None:
        nonlocal slowest
        began = time.perf_counter()
        target.check(value)
        took = time.perf_counter() - began
        counts["inputs"] += 1
        slowest = max(slowest, took)
        assert took < SLOW_SECONDS, f"{took:.1f} s"

    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    rules = settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=quiet,
    )
    while time.monotonic() < until:
        seed(first_seed + rounds)(rules(given(target.inputs)(check)))()
        rounds += 1
    return counts["inputs"], slowest, rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=[*TARGETS, "all"])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    failed = False
    for name in TARGETS if wanted.reader == "all" else (wanted.reader,):
        try:
            inputs, slowest, rounds = fuzz(name, wanted.minutes, wanted.seed)
        except BaseException as find:
            if isinstance(find, KeyboardInterrupt):
                raise
            failed = True
            notes = "\n".join(getattr(find, "__notes__", ()))
            sys.stdout.write(f"{name}: FIND {type(find).__name__}: {find}\n{notes}\n")
            continue
        sys.stdout.write(
            f"{name}: {inputs} inputs in {rounds} rounds, {wanted.minutes:g} minutes: a value or our error each time; "
            f"slowest {slowest * 1000:.0f} ms\n"
        )
        sys.stdout.flush()
    sys.exit(failed)


if __name__ == "__main__":
    main()
