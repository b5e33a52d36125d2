"""Who may be taken as the sender of a mail."""

import pytest

from pipeline.domain.arrivals import MailHeaders
from pipeline.domain.supplier import Supplier
from pipeline.intake.mail import read_headers
from pipeline.intake.senders import domain_of, doubts, known_sender, look_alike, spoofing, trusted

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


FORGED = (
    b"Authentication-Results: mx.hospital.example; dmarc=fail (p=none; dmarc=pass) header.from=x.example;\n"
    b" spf=softfail smtp.mailfrom=x.example\n"
    b"Authentication-Results: mx.elsewhere.example 1; dmarc=pass; spf=pass; dkim=pass\n"
    b"From: a@x.example\n\n"
)


def test_only_the_results_of_our_own_mail_server_count() -> None:
    read = read_headers(FORGED)
    assert trusted(read, "").authentication == {"dmarc": "fail", "spf": "softfail"}
    assert trusted(read, "MX.hospital.example").authentication == {"dmarc": "fail", "spf": "softfail"}
    assert trusted(read, "another.example").authentication == {}


def test_a_comment_or_a_property_is_no_result() -> None:
    raw = b'Authentication-Results: mx (dmarc=pass); spf=fail reason="dmarc=pass; dkim=pass" (dkim=pass (spf=pass))\n\n'
    assert read_headers(raw).servers == (("mx", {"spf": "fail"}),)


def test_a_server_that_leaves_its_name_out_is_read() -> None:
    raw = (
        b"Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.example; dkim=none; dmarc=fail\n\n"
    )
    assert read_headers(raw).servers == (("", {"spf": "pass", "dkim": "none", "dmarc": "fail"}),)


@pytest.mark.parametrize(
    ("sender", "results", "words"),
    [
        ("a@elsewhere.example", {"dmarc": "fail"}, ["DMARC failed"]),
        ("a@elsewhere.example", {"spf": "softfail", "dkim": "fail"}, ["SPF failed", "DKIM failed"]),
        ("a@elsewhere.example", {"spf": "fail", "dkim": "pass", "dmarc": "pass"}, []),
        ("a@harborlinen.example", {"dmarc": "fail"}, ["does not confirm it", "DMARC failed"]),
        ("a@harbourlinen.example", {"dmarc": "pass"}, ["looks like"]),
        ("a@harborlinen.example", {"dmarc": "pass"}, []),
    ],
)
def test_what_speaks_against_a_sender_is_said_even_where_it_does_not_lock_up(
    sender: str, results: dict[str, str], words: list[str]
) -> None:
    found = doubts(headers(sender, **results), SUPPLIERS)
    assert len(found) == len(words)
    assert all(word in sentence for word, sentence in zip(words, found, strict=True))


def test_a_longer_list_of_suppliers_is_not_taken_for_the_one_before() -> None:
    first, second = tuple(SUPPLIERS[:1]), tuple(SUPPLIERS)
    assert not known_sender("a@harborlinen.example", first)
    assert known_sender("a@harborlinen.example", second)
    assert not known_sender("a@harborlinen.example", first)
