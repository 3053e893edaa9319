"""A conversation is begun, goes on step by step, is stopped and taken up again, and ends held or given up."""

from collections.abc import Iterable
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.phi import Phi
from carebus.contracts.wishes import (
    CHOICES,
    AcpConversationHeld,
    KnownWish,
    NotKnownYet,
    Present,
    Statement,
    WishSource,
    WishTopic,
)
from carebus.decisions import Cause, Command, Decision, changed
from carebus.errors import CarebusError
from services.wishes.domain.agents.appointing import deciding
from services.wishes.domain.concluding import concluded
from services.wishes.domain.conversations.conversation import Answer, Conversation, ConversationStatus
from services.wishes.domain.conversations.guide import Guide, Language
from services.wishes.domain.following import ASK_WITHIN, due_in_a_year
from services.wishes.domain.wishes import Wishes

LONGEST = timedelta(days=366)
"""So far ahead at most somebody is asked again."""


class AgentDoesNotDecide(CarebusError):
    """An agent speaks for the patient only while a clinician has recorded that the patient can't decide, and only where
    one is named."""

    status = HTTPStatus.CONFLICT


class NobodyPresent(CarebusError):
    """Say who took part: the patient, or the agent where the patient can't decide."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotOfThisGuide(CarebusError):
    """There is no such question, or no such answer to it."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class AskAgainLater(CarebusError):
    """Choose a day from today on, within a year."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class BeginConversation(Command):
    """Somebody sits down with the patient. by_agent: with the agent, who speaks for them."""

    conversation_id: UUID
    by: str
    guide: Guide
    language: Language = Language.ENGLISH
    present: tuple[Present, ...]
    by_agent: bool = False


class KeepStep(Command):
    """What was said in one step. stop: it goes on another day."""

    conversation_id: UUID
    by: str
    guide: Guide
    step: str
    answers: Annotated[tuple[Answer, ...], Field(max_length=30)] = ()
    stop: bool = False


class EndConversation(Command):
    """It was held: what was said stands from now on."""

    conversation_id: UUID
    by: str
    guide: Guide


class GiveUpConversation(Command):
    """It was begun by mistake, or is not wanted: nothing of it stands."""

    conversation_id: UUID
    by: str
    because: Annotated[str, Phi.TEXT, Field(min_length=1, max_length=1000)]


def begin_conversation(wishes: Wishes, _: Conversation, begin: BeginConversation, cause: Cause) -> Decision:
    """Raises AgentDoesNotDecide, NobodyPresent."""
    wishes.require_open()
    if not {Present.PATIENT, Present.AGENT} & set(begin.present):
        raise NobodyPresent(field="present")
    if begin.by_agent and (deciding(wishes) is None or Present.AGENT not in begin.present):
        raise AgentDoesNotDecide(field="by_agent")
    begun = Conversation(
        conversation_id=begin.conversation_id,
        guide=begin.guide.guide,
        guide_version=begin.guide.version,
        language=begin.language,
        led_by=begin.by,
        present=tuple(dict.fromkeys(begin.present)),
        by_agent=begin.by_agent,
        step=begin.guide.steps[0].id,
        begun_at=cause.now,
    )
    return changed(begun)


def keep_step(conversation: Conversation, keep: KeepStep, cause: Cause) -> Decision:
    """What was said so far is kept; each question has the answer given last."""
    conversation.require_open()
    step = keep.guide.step(keep.step)
    if step is None:
        raise NotOfThisGuide
    for one in keep.answers:
        _require_fits(keep.guide, step.id, one, cause.now.date())
    answers = {**conversation.answered(), **{one.question: one for one in keep.answers}}
    after = keep.guide.after(step.id)
    kept = conversation.but(
        answers=tuple(one for one in answers.values() if not one.says_nothing),
        step=step.id if keep.stop or after is None else after.id,
        status=ConversationStatus.STOPPED if keep.stop else ConversationStatus.UNDER_WAY,
    )
    return changed(kept)


def end_conversation(wishes: Wishes, conversation: Conversation, end: EndConversation, cause: Cause) -> Decision:
    """What was chosen takes the place of what was said before; what was not is asked again by a day."""
    wishes.require_open()
    conversation.require_open()
    day = cause.now.date()
    statements = tuple(_statements(end.guide, conversation))
    chosen = {one.topic for one in statements}
    waits = tuple(_not_known(end.guide, conversation, chosen, wishes, day))
    held = conversation.but(status=ConversationStatus.HELD, ended_at=cause.now)
    after = wishes.but(
        spoken=(*_unsaid(wishes, chosen), *(_known(one, conversation, day) for one in statements)),
        not_known=waits,
        last_conversation_on=day,
        review=due_in_a_year(day),
    )
    decision = concluded(wishes, after, cause, _told(end.guide, held, statements, waits, cause))
    return decision._replace(states=(*decision.states, held))


def give_up(conversation: Conversation, give: GiveUpConversation, cause: Cause) -> Decision:
    """Nothing of it stands."""
    conversation.require_open()
    ended = {"ended_at": cause.now, "ended_because": give.because}
    return changed(conversation.but(status=ConversationStatus.GIVEN_UP, **ended))


def _require_fits(guide: Guide, step: str, answer: Answer, today: date) -> None:
    found = guide.step(step)
    question = next((one for one in found.questions if one.id == answer.question), None) if found else None
    if question is None:
        raise NotOfThisGuide(field=answer.question)
    if answer.choice and (question.topic is None or answer.choice not in CHOICES[question.topic]):
        raise NotOfThisGuide(field=f"{answer.question}.choice")
    if answer.ask_by and not today <= answer.ask_by <= today + LONGEST:
        raise AskAgainLater(field=f"{answer.question}.ask_by")


def _statements(guide: Guide, conversation: Conversation) -> Iterable[Statement]:
    answers = conversation.answered()
    for question in guide.questions():
        answer = answers.get(question.id)
        if question.topic and answer and answer.choice:
            yield Statement(topic=question.topic, choice=answer.choice, words=answer.words)


def _not_known(
    guide: Guide, conversation: Conversation, chosen: set[WishTopic], wishes: Wishes, day: date
) -> Iterable[NotKnownYet]:
    """What nobody has said stays to be asked, by the day that was said, or was meant before, or in a month."""
    answers, before = conversation.answered(), {one.topic: one.ask_by for one in wishes.not_known}
    known = chosen | {one.statement.topic for one in wishes.spoken}
    for question in guide.questions():
        if question.topic is None or question.topic in chosen:
            continue
        answer = answers.get(question.id)
        if answer and answer.ask_by:
            yield NotKnownYet(topic=question.topic, ask_by=answer.ask_by)
        elif question.topic not in known:
            yield NotKnownYet(topic=question.topic, ask_by=max(before.get(question.topic, day), day + ASK_WITHIN))


def _unsaid(wishes: Wishes, chosen: set[WishTopic]) -> tuple[KnownWish, ...]:
    return tuple(one for one in wishes.spoken if one.statement.topic not in chosen)


def _known(statement: Statement, conversation: Conversation, day: date) -> KnownWish:
    assert conversation.conversation_id is not None, "it is open"
    return KnownWish(
        statement=statement,
        source=WishSource.CONVERSATION,
        source_id=conversation.conversation_id,
        stated_on=day,
        by_agent=conversation.by_agent,
    )


def _told(
    guide: Guide,
    held: Conversation,
    statements: tuple[Statement, ...],
    not_known: tuple[NotKnownYet, ...],
    cause: Cause,
) -> AcpConversationHeld:
    assert held.conversation_id is not None, "it is open"
    said = {name: one.words for name, one in held.answered().items()}
    return AcpConversationHeld(
        conversation_id=held.conversation_id,
        guide=held.guide,
        guide_version=held.guide_version,
        language=held.language,
        led_by=held.led_by,
        present=held.present,
        by_agent=held.by_agent,
        statements=statements,
        matters_most=said.get(guide.matters, ""),
        worries=said.get(guide.worries, ""),
        not_known=not_known,
        held_at=cause.now,
    )
