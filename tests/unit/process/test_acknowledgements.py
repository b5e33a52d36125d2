"""A 997 goes to the partner that its receiver id names, once, and comes again when the way was closed."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import ApdeskError
from pipeline.domain.records import OutboxMessage
from pipeline.export.edi_out import OutboxUnavailable, to_folder
from pipeline.partners import Partners
from pipeline.process.acknowledgements import NoPartner, courier, receiver_of
from pipeline.process.dispatch import dispatch_outbox
from tests.fakes.desk import build_desk

ISA = "ISA*00*          *00*          *ZZ*HOSPITAL       *ZZ*HARBOR         *260316*0900*U*00401*000000042*0*P*>~\n"
X12 = ISA + "GS*FA*H*S*20260316*0900*1*X*004010~\nST*997*0001~\nSE*2*0001~\nGE*1*1~\nIEA*1*000000042~\n"


@dataclass
class Box:
    """One acknowledgement owed."""

    ended: dict[int, str] = field(default_factory=dict)

    def lease(self, topics: Any, limit: int, seconds: int) -> list[OutboxMessage]:
        if "x12_ack" not in topics or 1 in self.ended:
            return []
        now = datetime(2026, 3, 16, 14, 0, tzinfo=UTC)
        return [OutboxMessage(1, "x12_ack", "997:abc", {"document_id": "doc-1", "x12": X12}, created_at=now)]

    def done(self, message_id: int) -> None:
        self.ended[message_id] = "done"

    def failed(self, message_id: int, error: str, retry_at: Any) -> None:
        self.ended[message_id] = f"{'later' if retry_at else 'dead'}: {error}"


def partners(**way: object) -> Partners:
    return Partners.model_validate({"partner": [{"name": "harbor", "edi_ids": ["ZZ/HARBOR"], "acknowledgements": way}]})


def test_the_receiver_is_read_from_the_header() -> None:
    assert receiver_of(X12) == "ZZ/HARBOR"
    assert receiver_of("") == ""


def test_into_a_folder_once(tmp_path: Path) -> None:
    deliver = courier(partners(folder=tmp_path / "out"), None)
    first, second = deliver("997:abc", X12), deliver("997:abc", X12)
    assert first == second
    (file,) = (tmp_path / "out").iterdir()
    assert file.read_text() == X12


def test_another_file_has_another_name(tmp_path: Path) -> None:
    deliver = courier(partners(folder=tmp_path), None)
    assert deliver("997:abc", X12) != deliver("997:abd", X12)


def test_by_mail() -> None:
    sent: list[tuple[str, ...]] = []
    deliver = courier(partners(mail="edi@harbor.example"), lambda *all_: sent.append(all_))
    assert deliver("997:abc", X12) == "edi@harbor.example"
    ((to, key, name, text),) = sent
    assert (to, key, text) == ("edi@harbor.example", "997:abc", X12)
    assert name.endswith(".edi")
    with pytest.raises(NoPartner):
        courier(partners(mail="edi@harbor.example"), None)("997:abc", X12)


def test_nobody_configured_is_a_dead_letter_until_somebody_is() -> None:
    with pytest.raises(NoPartner) as caught:
        courier(Partners(), None)("997:abc", X12)
    assert not caught.value.retryable
    assert "ZZ/HARBOR" in str(caught.value)


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutboxUnavailable) as caught:
        to_folder(tmp_path / "file", "997.edi", X12)
    assert caught.value.retryable


def test_dispatch_sends_and_records(tmp_path: Path) -> None:
    desk, box = build_desk(), Box()
    app = replace(desk.app, outbox=box, acknowledge=courier(partners(folder=tmp_path), None))
    assert dispatch_outbox(app) == {"acknowledgement sent": 1}
    assert box.ended == {1: "done"}
    assert [e.draft.after["template"] for e in desk.store.state.events if e.draft.object_id == "doc-1"] == ["x12_997"]
    assert dispatch_outbox(app) == {}


@pytest.mark.parametrize(("problem", "state"), [(OutboxUnavailable("Closed."), "later"), (ApdeskError("No."), "dead")])
def test_dispatch_tries_again_what_may_work_later(problem: ApdeskError, state: str) -> None:
    def deliver(key: str, x12: str) -> str:
        raise problem

    desk, box = build_desk(), Box()
    assert dispatch_outbox(replace(desk.app, outbox=box, acknowledge=deliver)) == {"acknowledgement failed": 1}
    assert box.ended[1].startswith(state)


def test_without_partners_it_stays_owed() -> None:
    box = Box()
    assert dispatch_outbox(replace(build_desk().app, outbox=box)) == {}
    assert box.ended == {}
