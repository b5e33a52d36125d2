"""Who may be taken as the sender of a mail."""

import pytest

from pipeline.domain.arrivals import MailHeaders
from pipeline.domain.supplier import Supplier
from pipeline.intake.senders import domain_of, known_sender, look_alike, spoofing

SUPPLIERS = [
    Supplier("S1", "Northwind Medical", "G1", domains=("northwind-medical.example", "nwm.example")),
    Supplier("S2", "Harbor Linen", "G2", domains=("harborlinen.example",)),
]


def headers(sender: str, name: str = "", **results: str) -> MailHeaders:
    return MailHeaders(sender, name, "Bill", "<1@x>", None, results)


@pytest.mark.parametrize(
    ("sender", "results"),
    [
        ("a@harborlinen.example", {}),
        ("a@harborlinen.example", {"dmarc": "pass"}),
        ("a@mail.harborlinen.example", {"dmarc": "pass", "spf": "fail"}),
        ("a@harborlinen.example", {"spf": "fail", "dkim": "pass"}),
        ("a@elsewhere.example", {"dmarc": "fail"}),
        ("a@nwn.example", {}),
        ("", {}),
    ],
)
def test_mails_that_nothing_speaks_against(sender: str, results: dict[str, str]) -> None:
    assert spoofing(headers(sender, **results), SUPPLIERS) is None


@pytest.mark.parametrize(
    ("sender", "name", "results", "words"),
    [
        ("a@harborlinen.example", "", {"dmarc": "fail"}, "does not confirm"),
        ("a@billing.harborlinen.example", "", {"dmarc": "fail", "spf": "pass"}, "does not confirm"),
        ("a@harborlinen.example", "", {"spf": "fail"}, "does not confirm"),
        ("a@harborIinen.example", "", {}, "looks like harborlinen.example of Harbor Linen"),
        ("a@harbor1inen.example", "", {"dmarc": "pass"}, "looks like"),
        ("a@harbourlinen.example", "", {"dmarc": "pass"}, "looks like"),
        ("a@habrorlinen.example", "", {}, "looks like"),
        ("a@northwindmedical.example", "", {}, "looks like northwind-medical.example"),
        ("a@xn--hrborlinen-zqi.example", "", {}, "looks like"),
        ("x@elsewhere.example", "billing@harborlinen.example", {"dmarc": "pass"}, "another domain"),
    ],
)
def test_mails_that_are_not_from_whom_they_say(sender: str, name: str, results: dict[str, str], words: str) -> None:
    found = spoofing(headers(sender, name, **results), SUPPLIERS)
    assert found is not None
    assert (found.status.value, found.code) == ("quarantined", "SPOOF")
    assert words in found.reason


def test_a_known_domain_is_never_a_look_alike_of_another() -> None:
    twins = [*SUPPLIERS, Supplier("S3", "Harbour Linen", "G3", domains=("harbourlinen.example",))]
    assert spoofing(headers("a@harbourlinen.example"), twins) is None


def test_another_ending_or_a_short_name_is_no_look_alike() -> None:
    assert look_alike("harborlinen.test", ["harborlinen.example"]) is None
    assert look_alike("abx.example", ["abc.example"]) is None


def test_domains_and_known_senders() -> None:
    assert domain_of("Billing <Bill@Harborlinen.Example.>") == "harborlinen.example"
    assert known_sender("x@nwm.example", SUPPLIERS)
    assert not known_sender("x@notnwm.example", SUPPLIERS)
    assert not known_sender("", SUPPLIERS)
