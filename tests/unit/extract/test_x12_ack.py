"""The 997 says of each transaction set what became of it, and can itself be read."""

from datetime import UTC, datetime

import pytest

from pipeline.domain.errors import InvalidInput
from pipeline.extract.x12_ack import acknowledge
from pipeline.extract.x12_envelope import transactions

NOW = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
ISA = "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*HOSPITAL       *260316*0900*U*00401*000000042*0*P*>~"
GOOD = "ST*810*0001~BIG*20260316*7~SE*3*0001~"
SHORT = "ST*810*0002~BIG*20260316*8~SE*9*0002~"
OTHER = "ST*810*0003~BIG*20260316*9~SE*3*0009~"


def file(*sets: str, code: str = "IN") -> bytes:
    return f"{ISA}GS*{code}*SUP*HOSP*20260316*0900*7*X*004010~{''.join(sets)}GE*{len(sets)}*7~IEA*1*000000042~".encode()


def answer(*sets: str) -> list[list[str]]:
    text = acknowledge(file(*sets), 5, NOW).decode()
    return [line.split("*") for line in text.replace("\n", "").split("~") if line]


def test_a_good_file_is_accepted_and_the_answer_goes_back() -> None:
    segments = answer(GOOD)
    assert [segment[0] for segment in segments] == ["ISA", "GS", "ST", "AK1", "AK2", "AK5", "AK9", "SE", "GE", "IEA"]
    assert (segments[0][6].strip(), segments[0][8].strip(), segments[0][13]) == ("HOSPITAL", "SUPPLIER", "000000005")
    assert segments[1][1:4] == ["FA", "HOSP", "SUP"]
    assert segments[3:7] == [["AK1", "IN", "7"], ["AK2", "810", "0001"], ["AK5", "A"], ["AK9", "A", "1", "1", "1"]]


@pytest.mark.parametrize(("bad", "code"), [(SHORT, "4"), (OTHER, "3")])
def test_a_bad_set_is_refused_with_its_code_and_the_good_one_stands(bad: str, code: str) -> None:
    segments = answer(GOOD, bad)
    assert [s for s in segments if s[0] == "AK5"] == [["AK5", "A"], ["AK5", "R", code]]
    assert next(s for s in segments if s[0] == "AK9") == ["AK9", "P", "2", "2", "1"]


def test_the_answer_is_itself_a_sound_interchange_and_gets_no_answer() -> None:
    made = acknowledge(file(GOOD, SHORT), 5, NOW)
    (one,) = transactions(made)
    assert (one.code, one.problems) == ("997", [])
    assert acknowledge(made, 6, NOW) == b""


def test_a_broken_interchange_has_no_sender_to_answer() -> None:
    with pytest.raises(InvalidInput):
        acknowledge(ISA.encode(), 1, NOW)
