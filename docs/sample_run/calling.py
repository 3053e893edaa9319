"""The people of the sample run who call, and the nurse who answers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from carebus.contracts import Subject
from carebus.contracts.line import CallOutcome, Disposition, Nurse
from carebus.contracts.notifications import FailureReason
from carebus.decisions import on
from deploy.local.patient import Patient
from docs.sample_run.care import CareTeam, stream_of
from docs.sample_run.company import ROOT
from services.line.api.acts import ACTS, START
from services.line.domain.calls import Call, telephone
from services.line.domain.calls.telephone import PATIENCE, ReportTelephone, TelephoneFact
from services.line.store.protocols import protocol_book
from services.notifications.channels.dispatch import SETTLED_BY
from services.notifications.domain import GivenUp, HandedOver
from services.notifications.domain.pages import PageLetter, PageLetters

CALLS = [uuid5(ROOT, f"call/{n}") for n in range(3)]
NURSE = Nurse(account=str(uuid5(ROOT, "nurse of the night")), name="Noor Haddad")
NUMBER, OURS = "(413) 555-0142", "(413) 555-0100"
REPORT = on(Call, telephone.follow_telephone)


class Line(CareTeam):
    """What can be done on the line."""

    def writes_down(self, call: UUID) -> None:
        """The nurse writes down a call."""
        self._does(START, call, from_number=NUMBER)

    def of_call(self, act: str, call: UUID, **said: Any) -> None:
        """The nurse does this with a call."""
        self._does(ACTS[act], call, **said)

    def closes(self, call: UUID, outcome: CallOutcome) -> None:
        """Nothing more is to be done for it."""
        known = self.call(call)
        self.of_call("close", call, outcome=outcome, about=known.patient_id, said=known.note)

    def asks(self, call: UUID, protocol: str, **answers: bool | float | str) -> None:
        """The nurse follows a protocol, and keeps what the caller answers."""
        text = protocol_book().current(protocol, self.company.now.date())
        self.of_call("protocol", call, protocol=protocol, text=text)
        self.of_call("answers", call, protocol=protocol, answers=answers, text=text)

    def advises(self, call: UUID, patient: Patient, disposition: Disposition, because: str = "") -> None:
        """The nurse advises, having seen what the protocols come to."""
        said = {**self.about(patient), "disposition": disposition, "because": because}
        self.of_call("triage", call, **said, runs=self.call(call).runs)

    def rings(self, call: UUID) -> None:
        """Somebody calls and hangs up before anybody answers."""
        for fact in (TelephoneFact.RINGING, TelephoneFact.ENDED):
            told = ReportTelephone(
                call_key="CA-1", fact=fact, happened_at=self.company.now, from_number=NUMBER, to_number=OURS
            )
            self.company.asks("line", "telephone", (REPORT, Subject.CALL.stream(call), told))
            self.passes(seconds=45)
        self.passes(seconds=2 * PATIENCE / timedelta(seconds=1))

    def page_leaves(self, call: UUID) -> None:
        """The mail server takes the page that waits."""
        self._settles_page(call, 0, lambda page: HandedOver(message_id="<page@carebus.example>", attempts=1, **page))

    def page_is_refused(self, call: UUID) -> None:
        """The mail server refuses the page that waits."""
        self._settles_page(call, 1, lambda page: GivenUp(reason=FailureReason.REJECTED, attempts=1, **page))

    def _settles_page(self, call: UUID, which: int, result: Callable[[Any], Any]) -> None:
        stream = Subject.CALL.stream(call)
        letters = self.company.state("notifications", PageLetters, stream)
        assert isinstance(letters, PageLetters)
        waits = next(one for one in letters.letters if one.status == "queued")
        settled = result({"notification_id": waits.notification_id})
        self.company.asks("notifications", "mail", (SETTLED_BY[PageLetter][which], stream, settled))

    def about(self, patient: Patient) -> dict[str, UUID]:
        """The field that says whom a call is about."""
        return {"patient_id": UUID(stream_of(patient).partition("/")[2])}

    def call(self, call: UUID) -> Call:
        """What the line knows of a call."""
        found = self.company.state("line", Call, Subject.CALL.stream(call))
        assert isinstance(found, Call)
        return found

    def _does(self, act: Any, call: UUID, **said: Any) -> None:
        given = {"nurse": NURSE, "call_id": call}
        fields = {name: value for name, value in given.items() if name in act.command.model_fields}
        command = act.command.model_validate({**said, **fields})
        steps = [(act.reaction, Subject.CALL.stream(call), command), *act.beside(command, call)]
        self.company.asks("line", f"nurse:{NURSE.account}", *steps)
