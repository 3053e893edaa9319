"""Documents, agents and conversations as machines: whatever is done in whatever order, what stands is sound."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from carebus.contracts.event import patient_stream
from carebus.contracts.referral import ReferralAccepted
from carebus.contracts.wishes import (
    CHOICES,
    AcpConversationHeld,
    AcpDocumentFiled,
    AgentRank,
    ConflictOutcome,
    DocumentKind,
    DocumentStatus,
    PreferenceConflictDetected,
    PreferenceConflictSettled,
    Present,
    Statement,
    WishesSummarised,
    WishTopic,
)
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from carebus.testing import START
from services.wishes.domain import following
from services.wishes.domain.agents import appointing, capacity
from services.wishes.domain.conflicts import settling
from services.wishes.domain.conversations import leading
from services.wishes.domain.conversations.conversation import Answer, Conversation, ConversationStatus
from services.wishes.domain.documents import filing, standing
from services.wishes.domain.documents.document import BECOMES
from services.wishes.domain.summarising import open_conflicts, summary
from services.wishes.domain.wishes import Wishes
from services.wishes.store.guides import newest
from tests.examples import example

ROOT = UUID(int=20)
TOPICS = st.sampled_from([WishTopic.CPR, WishTopic.TREATMENT, WishTopic.HOSPITAL])
SAID = st.dictionaries(TOPICS, st.integers(0, 1), min_size=1, max_size=3)
BY = "Dr. Ames"


def statements(said: dict[WishTopic, int]) -> tuple[Statement, ...]:
    """One of the first two choices of each topic."""
    return tuple(Statement(topic=topic, choice=CHOICES[topic][which]) for topic, which in said.items())


class Wishing(RuleBasedStateMachine):
    """One patient, of whom anything is filed, said, named, settled and taken back."""

    documents = Bundle("documents")
    agents = Bundle("agents")
    talks = Bundle("talks")

    def __init__(self) -> None:
        super().__init__()
        self.wishes, self.steps = Wishes(), 0
        self.talks_now: dict[UUID, Conversation] = {}
        self.versions: dict[UUID, tuple[int, DocumentStatus]] = {}
        self.detected: set[UUID] = set()
        self.settled: set[UUID] = set()
        self.told: WishesSummarised | None = None
        known = example(ReferralAccepted).patient.model_copy(update={"birth_date": date(1940, 5, 1)})
        accepted = example(ReferralAccepted, patient=known)
        self._heard(following.note_acceptance(self.wishes, accepted, self._cause()))

    def _cause(self) -> Cause:
        self.steps += 1
        now = START + timedelta(hours=self.steps)
        return Cause(uuid5(ROOT, str(self.steps)), patient_stream(ROOT), now, "nurse:x", ROOT, now)

    def _does(self, decide: Any, command: Command, *states: Any) -> Decision | None:
        try:
            decision: Decision = decide(*(states or (self.wishes,)), command, self._cause())
        except CarebusError:
            return None
        self._heard(decision)
        return decision

    def _heard(self, decision: Decision) -> None:
        for state in decision.states:
            if isinstance(state, Wishes):
                self.wishes = state
            elif isinstance(state, Conversation) and state.conversation_id:
                self.talks_now[state.conversation_id] = state
        for event in decision.events:
            self._follow(event)

    def _follow(self, event: Any) -> None:
        if isinstance(event, AcpDocumentFiled):
            version, status = self.versions.get(event.document_id, (0, None))
            assert event.version == version + 1
            assert status is None or status == event.status or event.status in BECOMES[status]
            self.versions[event.document_id] = event.version, event.status
        elif isinstance(event, PreferenceConflictDetected):
            assert event.conflict_id not in self.detected - self.settled or self._went_away(event.conflict_id)
            self.detected.add(event.conflict_id)
            self.settled.discard(event.conflict_id)
        elif isinstance(event, PreferenceConflictSettled):
            assert event.conflict_id in self.detected - self.settled
            self.settled.add(event.conflict_id)
        elif isinstance(event, WishesSummarised):
            assert self.told is None or event != self.told.model_copy(update={"summarised_at": event.summarised_at})
            self.told = event

    def _went_away(self, conflict_id: UUID) -> bool:
        """A settled pair that is gone is told of anew when it comes back."""
        return conflict_id in self.settled

    @rule(
        target=documents,
        kind=st.sampled_from(DocumentKind),
        said=SAID,
        ago=st.integers(0, 900),
        draft=st.sampled_from([False, False, True]),
    )
    def file(self, kind: DocumentKind, said: dict[WishTopic, int], ago: int, draft: bool) -> UUID:
        document_id = uuid5(ROOT, f"document {self.steps}")
        status = DocumentStatus.PRELIMINARY if draft else DocumentStatus.FINAL
        signed_on = None if draft else START.date() - timedelta(days=ago)
        said_now: dict[str, Any] = {"kind": kind, "status": status, "signed_on": signed_on}
        self._does(
            filing.file_document,
            filing.FileDocument(document_id=document_id, by=BY, statements=statements(said), **said_now),
        )
        return document_id

    @rule(
        document_id=documents,
        act=st.sampled_from(["verify", "amend", "finalise", "revoke", "mark", "replace"]),
        behind=st.sampled_from([0, 0, 0, 1]),
        said=SAID,
    )
    def change(self, document_id: UUID, act: str, behind: int, said: dict[WishTopic, int]) -> None:
        of: dict[str, Any] = {
            "document_id": document_id,
            "by": BY,
            "version": self.versions.get(document_id, (1,))[0] - behind,
        }
        today = START.date()
        match act:
            case "verify":
                command: Any = standing.VerifyDocument(gone_through_with=standing.With.PATIENT, **of)
                self._does(standing.verify_document, command)
            case "amend":
                self._does(standing.amend_document, standing.AmendDocument(statements=statements(said), **of))
            case "finalise":
                self._does(standing.finalise_document, standing.FinaliseDocument(signed_on=today, **of))
            case "revoke":
                self._does(standing.revoke_document, standing.RevokeDocument(because="x", **of))
            case "mark":
                self._does(standing.mark_in_error, standing.MarkInError(because="x", **of))
            case _:
                new = uuid5(ROOT, f"replacing {self.steps}")
                file = filing.FileDocument(
                    document_id=new, by=BY, kind=DocumentKind.DNR_ORDER, signed_on=today, replaces=document_id
                )
                self._does(filing.file_document, file)

    @rule(target=agents, rank=st.sampled_from(AgentRank))
    def appoint(self, rank: AgentRank) -> Any:
        agent_id = uuid5(ROOT, f"agent {self.steps}")
        named = appointing.AppointAgent(
            agent_id=agent_id, by=BY, full_name="Ana", rank=rank, appointed_on=date(2025, 1, 1)
        )
        return agent_id if self._does(appointing.appoint_agent, named) else multiple()

    @rule(agent_id=consumes(agents))
    def take_out(self, agent_id: UUID) -> None:
        taken = appointing.TakeOutAgent(agent_id=agent_id, by=BY, because="x")
        assert self._does(appointing.take_out_agent, taken)

    @rule(can=st.booleans())
    def decide(self, can: bool) -> None:
        if can:
            self._does(capacity.record_capacity, capacity.RecordCapacity(by=BY))
        else:
            since = capacity.RecordIncapacity(by=BY, since=START.date(), because="x")
            self._does(capacity.record_incapacity, since)

    @rule(target=talks, by_agent=st.booleans())
    def begin(self, by_agent: bool) -> Any:
        talk = uuid5(ROOT, f"talk {self.steps}")
        present = (Present.AGENT,) if by_agent else (Present.PATIENT,)
        begin = leading.BeginConversation(
            conversation_id=talk, by=BY, guide=newest(), present=present, by_agent=by_agent
        )
        decides = bool(self.wishes.incapacity and self.wishes.agents)
        decision = self._does(leading.begin_conversation, begin, self.wishes, Conversation())
        assert (decision is not None) == (decides or not by_agent)
        return talk if decision else multiple()

    @rule(talk=talks, said=SAID, then=st.sampled_from(["on", "stop", "end", "give up"]))
    def speak(self, talk: UUID, said: dict[WishTopic, int], then: str) -> None:
        of: dict[str, Any] = {"conversation_id": talk, "by": BY}
        before = self.talks_now[talk]
        for step in newest().steps:
            answers = tuple(
                Answer(question=one.id, choice=CHOICES[one.topic][said[one.topic]])
                for one in step.questions
                if one.topic in said
            )
            kept = leading.KeepStep(guide=newest(), step=step.id, answers=answers, stop=then == "stop", **of)
            self._does(leading.keep_step, kept, self.talks_now[talk])
        decision: Decision | None = None
        if then == "end":
            end = leading.EndConversation(guide=newest(), **of)
            decision = self._does(leading.end_conversation, end, self.wishes, self.talks_now[talk])
        elif then == "give up":
            gone = leading.GiveUpConversation(because="x", **of)
            decision = self._does(leading.give_up, gone, self.talks_now[talk])
        if before.status in (ConversationStatus.HELD, ConversationStatus.GIVEN_UP):
            assert decision is None, "it ends once"
            assert self.talks_now[talk] == before
        elif then == "end":
            assert decision is not None
            assert any(isinstance(event, AcpConversationHeld) for event in decision.events)

    @rule(which=st.integers(0, 3), outcome=st.sampled_from(ConflictOutcome))
    def settle(self, which: int, outcome: ConflictOutcome) -> None:
        waiting = open_conflicts(self.wishes)
        if waiting:
            settle = settling.SettleConflict(
                conflict_id=waiting[which % len(waiting)].conflict_id,
                by=BY,
                outcome=outcome,
                asked="The patient",
                because="x",
            )
            assert self._does(settling.settle_conflict, settle)

    @invariant()
    def what_was_told_last_is_what_stands(self) -> None:
        now = summary(self.wishes, START)
        told = self.told.model_copy(update={"summarised_at": START}) if self.told else None
        assert told == now or (told is None and now == WishesSummarised(summarised_at=START))

    @invariant()
    def one_agent_is_first_and_stands_first(self) -> None:
        ranks = [one.rank for one in self.wishes.agents]
        assert ranks[:1] in ([], [AgentRank.FIRST])
        assert AgentRank.FIRST not in ranks[1:]

    @invariant()
    def only_what_counts_speaks_and_every_document_is_as_it_was_told(self) -> None:
        for one in self.wishes.documents:
            assert self.versions[one.document_id] == (one.version, one.status)
            assert one.status in (DocumentStatus.PRELIMINARY, DocumentStatus.FINAL, DocumentStatus.AMENDED)
        counting = {one.document_id for one in self.wishes.documents if one.counts}
        spoken = {one.source_id for one in self.wishes.spoken}
        assert {
            one.source_id for topic in summary(self.wishes, START).topics for one in topic.known
        } <= counting | spoken

    @invariant()
    def every_open_conflict_was_told_and_none_that_is_settled(self) -> None:
        assert {one.conflict_id for one in open_conflicts(self.wishes)} == self.detected - self.settled

    @invariant()
    def the_last_word_on_a_topic_stands_once(self) -> None:
        topics = [one.statement.topic for one in self.wishes.spoken]
        assert len(topics) == len(set(topics))


TestWishing = Wishing.TestCase
TestWishing.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
