"""A referral or a withdrawal comes in by any door: whose word it is, which patient's it is, and what became of it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel

from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.contracts.referral import Channel
from carebus.deciding.commands import Answer, Asked, Done
from carebus.decisions import Cause, Decision, Reaction, State, on
from carebus.ids import new_id
from carebus.storage.database import Connection
from carebus.web.http import Parts
from services.referral import domain, store
from services.referral.api.workflow import concealing
from services.referral.api.workflow.offices import office
from services.referral.api.workflow.views import Received
from services.referral.domain import DirectReferral, Intake, Referral
from services.referral.domain.feedback.updates import informing
from services.referral.domain.identity.records import Identity
from services.referral.domain.identity.reviewing import receive_person
from services.referral.domain.identity.same_person import AnotherPerson
from services.referral.domain.matching import Placement, Traits, Verdict
from services.referral.domain.matching.placing import Candidate, match
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.referring.senders import ANYBODY, Sending, Way, is_proven
from services.referral.domain.workflow.numbers import ReleaseNumber, release_number
from services.referral.domain.workflow.statements import StatementOutcome
from services.referral.domain.workflow.withdrawing import NothingToWithdraw, withdraw, withdrawn
from services.referral.store import Arrived, Placed

TYPED_BY_ANYBODY = frozenset({Channel.FORM, Channel.LETTER, Channel.SELF})
"""Public forms: whoever fills one in is told nothing of a person who is known here."""

Allowed = Callable[[Connection], Awaitable[None]]
"""Looks, in the transaction of a referral that was decided, whether it may be kept; raises if not."""


def receiving(parts: Parts, placement: Placement | None = None, sending: Sending = ANYBODY) -> Reaction:
    """How a referral that comes in is decided: the same for all senders."""
    how = partial(receive_person, placement=placement, office=office(parts), sending=sending)
    return informing(on(Intake, Identity, how))


def withdrawing(parts: Parts, sending: Sending = ANYBODY) -> Reaction:
    """How a withdrawal is decided: the same for all senders."""
    return informing(on(Intake, partial(withdraw, office=office(parts), sending=sending)))


async def refer(
    parts: Parts,
    referral: DirectReferral,
    asked: Asked,
    arrived: Arrived,
    sending: Sending = ANYBODY,
    allowed: Allowed | None = None,
) -> Answer:
    """Keep a referral under its key, with what arrived. One that came before finds its patient; others get one.

    A program that is told of others' referrals by it is answered as if nobody were known here.

    Raises AnotherPerson where its number is somebody else's, and what `allowed` raises: then nothing is kept.
    """
    coming = _Coming(parts, referral, asked, arrived, sending, allowed)
    try:
        return await coming.placed()
    except AnotherPerson:
        if referral.channel in TYPED_BY_ANYBODY and sending.way is Way.OPEN:
            return await coming.on_its_own()
        if not await coming.number_given_way():
            raise
        return await coming.placed()


class _Coming:
    """One referral on its way in."""

    def __init__(
        self,
        parts: Parts,
        referral: DirectReferral,
        asked: Asked,
        arrived: Arrived,
        sending: Sending,
        allowed: Allowed | None,
    ) -> None:
        self._parts, self._referral, self._asked, self._arrived = parts, referral, asked, arrived
        self._sending, self._allowed = sending, allowed

    async def placed(self) -> Answer:
        """Where it belongs; once more, where another with its number came at the same moment."""
        try:
            return await self.place()
        except store.NumberTaken:
            return await self.place()

    async def place(self) -> Answer:
        """On the stream of the patient who is known by it, or whose it is by what it states."""
        if known := await known_stream(self._parts, self._referral):
            return await self.perform(known)
        placement = await placement_of(self._parts, self._referral)
        return await self.perform(patient_stream(placement.patient_id or new_id()), placement)

    async def perform(
        self, stream: Stream, placement: Placement | None = None, referral: DirectReferral | None = None
    ) -> Answer:
        """Decide on it there; on `referral` in its place, which is what it is taken for."""
        stated = referral or self._referral

        told_all = await self._may_know(placement)
        led_to: list[UUID] = []

        def newest(done: Done) -> Received:
            with_hash = _with_hash(stated, self._arrived)
            came = domain.answered(done.state(Intake), with_hash, done.cause)
            led_to[:] = [came.referral_id]
            if told_all(came, done):
                return Received.answering(done.cause.subject_id, came, done.cause.id)
            return concealing.received_alone(with_hash, done.cause, office(self._parts), self._sending)

        async def keep(db: Connection, _: Answer) -> None:
            if self._allowed is not None:
                await self._allowed(db)
            await store.keep(db, self._arrived, Placed(led_to[0], stated.placer_assigner, stated.placer_id))

        how = _taken_for(receiving(self._parts, placement, self._sending), _with_hash(stated, self._arrived))
        answer = await self._parts.commands.perform(
            how, stream, self._referral, self._asked, newest, status=HTTPStatus.CREATED, also=keep
        )
        return as_repeated(answer)

    async def _may_know(self, placement: Placement | None) -> Callable[[Referral, Done], bool]:
        """Whether the sender may be told what the referral came to. Public forms show no more than its number."""
        if self._referral.channel in TYPED_BY_ANYBODY and self._sending.way is Way.OPEN:
            return lambda *_: True
        by = self._asked.caller.by
        alike = await self._alike(placement)

        def may(came: Referral, done: Done) -> bool:
            own = is_proven(self._sending, came.received.referrer.organization)
            return own or all(concealing.begun_all(each, by) for each in (done.state(Intake), *alike))

        return may

    async def _alike(self, placement: Placement | None) -> list[Intake]:
        """Those with whom the person is to be compared, which shows in where the referral stands."""
        if placement is None or placement.verdict is not Verdict.REVIEW:
            return []
        streams = [patient_stream(each.patient_id) for each in placement.candidates]
        async with self._parts.database.connection() as db:
            return list((await store.STATES[Intake].load(db, streams)).values())

    async def on_its_own(self) -> Answer:
        """A referral of its own, without the number, before a reviewer; nothing is said of whose the number is."""
        own = self._referral.model_copy(update={"placer_id": "", "placer_assigner": "", "raw_hash": ""})
        found = await placement_of(self._parts, own)
        owner = await known_stream(self._parts, self._referral)
        candidates = found.candidates or await self._owner(owner)
        return await self.perform(patient_stream(new_id()), Placement(Verdict.REVIEW, candidates), own)

    async def _owner(self, stream: Stream | None) -> tuple[Candidate, ...]:
        """Whose the number is, for a reviewer to compare."""
        if stream is None:
            return ()
        patient_id = UUID(subject_id(stream))
        async with self._parts.database.connection() as db:
            known = (await store.STATES[Intake].load(db, [stream]))[stream]
            people = await store.population(db)
        stated, latest = self._referral, known.referrals[-1].received
        one = Traits.of(stated.patient, stated.payer, stated.died_on)
        other = Traits.of(latest.patient, latest.payer, latest.died_on)
        return (Candidate(patient_id, match(one, other, people), other.deceased),)

    async def number_given_way(self) -> bool:
        """A number that somebody unproven claimed first gives way to a proven sender; tells whether it did."""
        if not is_proven(self._sending, self._referral.referrer.organization):
            return False
        number = domain.placer_of(
            self._referral.placer_assigner, self._referral.referrer.organization, self._referral.placer_id
        )
        if number is None:
            return False
        stream = await known_stream(self._parts, self._referral)
        if stream is None:
            return True
        asked = replace(self._asked, key=f"{self._asked.key}/release")
        command = ReleaseNumber(assigner=number[0], number=number[1])

        def reply(done: Done) -> _Released:
            return _Released(released=done.state(Intake).known_as(number, "") is None)

        answer = await self._parts.commands.perform(
            informing(on(Intake, release_number)), stream, command, asked, reply
        )
        return bool(answer.body["released"])


async def take_back(parts: Parts, asked_back: Withdrawal, asked: Asked, sending: Sending = ANYBODY) -> Answer:
    """Withdraw what a sender referred under its own number. Raises NothingToWithdraw.

    Under one key it is one command, however it is written and as of when: what it says of the order is its meaning.
    A sender who has not shown who they are must name the person: then it waits for the office. Otherwise the answer
    is the same as for a number that nobody has.
    """
    placer = domain.placer_of(asked_back.placer_assigner, asked_back.organization, asked_back.placer_id)
    assert placer is not None
    async with parts.database.connection() as db:
        stream = await store.stream_of_placer(db, placer)
    if stream is None:
        raise NothingToWithdraw
    by = asked.caller.by
    known = withdrawn(await intake_of(parts, stream), asked_back)
    if not concealing.theirs(known, sending, by) and not concealing.names_them(known, asked_back):
        raise NothingToWithdraw

    def reply(done: Done) -> Received:
        intake = done.state(Intake)
        came = withdrawn(intake, asked_back)
        if not concealing.told_all(came, intake, sending, by):
            return concealing.withdrawal_waits(done.cause)
        return Received.answering(done.cause.subject_id, came, done.cause.id)

    how = _taken_for(withdrawing(parts, sending), asked_back)
    meant = asked_back.model_copy(update={"stated_at": None, "raw_hash": ""})
    return as_repeated(await parts.commands.perform(how, stream, meant, asked, reply))


async def intake_of(parts: Parts, stream: Stream) -> Intake:
    """What is known of a patient of whom something is."""
    async with parts.database.connection() as db:
        found: Intake = (await store.STATES[Intake].load(db, [stream]))[stream]
    return found


async def placement_of(parts: Parts, referral: DirectReferral) -> Placement:
    """Whom a referral is about, as far as what it states of the person can tell."""
    async with parts.database.connection() as db:
        [found] = await store.placements(db, [Traits.of(referral.patient, referral.payer, referral.died_on)])
    return found


async def known_stream(parts: Parts, referral: DirectReferral) -> Stream | None:
    """The patient's stream, if it is named, or known by the referrer's number or by what arrived.

    Raises AnotherPerson where the number is a referral's of another patient than is named.
    """
    placer = domain.placer_of(referral.placer_assigner, referral.referrer.organization, referral.placer_id)
    named = patient_stream(referral.patient_id) if referral.patient_id else None
    if placer is None and (named or not referral.raw_hash):
        return named
    async with parts.database.connection() as db:
        found = await store.stream_of_placer(db, placer) if placer else None
        if found and placer and named and found != named:
            about = (await store.STATES[Intake].load(db, [found]))[found].known_as(placer, "")
            raise AnotherPerson(stands_since=about[0].stands_since if about else None)
        return named or found or (await store.stream_of_hash(db, referral.raw_hash) if referral.raw_hash else None)


class _Released(BaseModel):
    """Whether a number was given way."""

    released: bool


def as_repeated(answer: Answer) -> Answer:
    """The answer that was given before, which says that it was asked for again."""
    if not answer.repeated or not answer.body.get("became"):
        return answer
    return replace(answer, body={**answer.body, "became": StatementOutcome.REPEATED.value})


def _with_hash(referral: DirectReferral, arrived: Arrived) -> DirectReferral:
    return referral.model_copy(update={"raw_hash": arrived.hash})


def _taken_for(receives: Reaction, stated: DirectReferral | Withdrawal) -> Reaction:
    """The decision on what a command is taken for: with the hash of what arrived, which is no part of the command."""

    def decide(*given: State | BaseModel | Cause) -> Decision:
        *states, _, cause = given
        return receives.decide(*states, stated, cause)

    return Reaction(receives.states, decide)
