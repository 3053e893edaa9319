"""What the care team of the sample run does about wishes: conversations, papers, agents, and what contradicts them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.wishes import Choice, Present, WishTopic
from carebus.decisions import on
from deploy.local.patient import Patient
from docs.sample_run.calling import NURSE, Line
from docs.sample_run.care import stream_of
from docs.sample_run.company import ROOT
from services.wishes.api.acts import ACTS
from services.wishes.api.conversations import BEGIN, END, KEEP
from services.wishes.domain.conversations.conversation import Answer
from services.wishes.domain.conversations.leading import BeginConversation, EndConversation, KeepStep
from services.wishes.domain.documents import filing
from services.wishes.domain.documents.filing import FileDocument
from services.wishes.domain.wishes import Wishes
from services.wishes.store.guides import newest

FILE = on(Wishes, filing.file_document)
DOCTOR = "Dr. Amara Osei"


class Wishing(Line):
    """What can be done about wishes."""

    def speaks_of_wishes(self, patient: Patient, **choices: Choice) -> None:
        """A nurse sits down with the patient, by the guide; what is not chosen is asked again."""
        guide = newest()
        of: dict[str, Any] = {"conversation_id": uuid5(ROOT, f"conversation/{patient.source_id}"), "by": NURSE.name}
        begin = BeginConversation(guide=guide, present=(Present.PATIENT, Present.FAMILY), **of)
        self._wishes(patient, (BEGIN, begin))
        for step in guide.steps:
            said = [self._said(one.id, one.topic, choices) for one in step.questions]
            self._wishes(patient, (KEEP, KeepStep(guide=guide, step=step.id, answers=tuple(said), **of)))
        self._wishes(patient, (END, EndConversation(guide=guide, **of)))

    def files(self, patient: Patient, **said: Any) -> UUID:
        """A document comes in; here only what it says."""
        document_id = uuid5(ROOT, f"document/{patient.source_id}/{said['kind']}")
        filed = FileDocument(document_id=document_id, by=NURSE.name, pages=2, **said)
        self._wishes(patient, (FILE, filed))
        return document_id

    def of_wishes(self, act: str, patient: Patient, **said: Any) -> None:
        """Somebody does this about the patient's wishes."""
        command = ACTS[act].command.model_validate({"by": DOCTOR, **said})
        self._wishes(patient, (ACTS[act].reaction, command))

    def wishes_of(self, patient: Patient) -> Wishes:
        """What is known of them."""
        found = self.known("wishes", Wishes, patient)
        assert isinstance(found, Wishes)
        return found

    def _wishes(self, patient: Patient, *acts: Any) -> None:
        steps = [(reaction, stream_of(patient), command) for reaction, command in acts]
        self.company.asks("wishes", f"nurse:{NURSE.account}", *steps)

    @staticmethod
    def _said(question: str, topic: WishTopic | None, choices: dict[str, Choice]) -> Answer:
        words = {"goals": "To be in my garden when the roses bloom.", "worries": "To be a burden."}
        return Answer(question=question, words=words.get(question, ""), choice=choices.get(topic or ""))
