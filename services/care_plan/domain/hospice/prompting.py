"""Looks whether to talk about hospice; a clinician confirms or dismisses what rules find. Nothing follows by itself."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from carebus.contracts.care_plan import (
    HospicePromptConfirmed,
    HospicePromptDismissed,
    HospicePrompted,
    HospicePromptWithdrawn,
)
from carebus.contracts.event import Value
from carebus.contracts.line import AdmissionNotified, AdmissionWithdrawn
from carebus.contracts.phi import Phi
from carebus.contracts.wishes import WishesSummarised
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.reasoning.findings import Judgement
from services.care_plan.domain.care import Care, episode_of
from services.care_plan.domain.care.looking import LOOK, HospiceLookDue
from services.care_plan.domain.care.pausing import unless_paused
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.hospice.electing import OF_ELECTION
from services.care_plan.domain.hospice.rules import PromptRule, PromptRules, facts_of, met
from services.care_plan.domain.hospice.state import EntryUnknown, Hospice, Prompt, PromptStatus, Stay, way_in

STAYS_KEPT = 20
"""So many stays are kept: more do not count within six months."""
PROMPTS_KEPT = 30


class ConfirmHospicePrompt(Value, Command):
    """It is right: hospice is to be talked about."""

    prompt_id: UUID


class DismissHospicePrompt(Value, Command):
    """It is not the time, and why."""

    prompt_id: UUID
    because: Annotated[str, Phi.TEXT, Field(min_length=3, max_length=1000)]


class Looking:
    """The decisions that look anew by these rules: a visit, an admission, or other wishes may be a reason."""

    def __init__(self, rules: PromptRules) -> None:
        self.rules = rules
        self.look = unless_paused(HospiceLookDue)(self._look)

    def note_admission(self, care: Care, hospice: Hospice, event: AdmissionNotified, cause: Cause) -> Decision:
        """A stay in hospital is kept once, as it was told last."""
        others = tuple(one for one in hospice.stays if one.stay_id != event.stay_id)
        stay = Stay(stay_id=event.stay_id, on=event.admitted_at.date())
        stays = tuple(sorted((*others, stay), key=lambda one: (one.on, str(one.stay_id))))[-STAYS_KEPT:]
        return ignore("stay_known") if stays == hospice.stays else self._on(care, hospice.but(stays=stays), cause)

    def note_withdrawal(self, care: Care, hospice: Hospice, event: AdmissionWithdrawn, cause: Cause) -> Decision:
        """A stay never was: a prompt that rested on it is withdrawn."""
        stays = tuple(one for one in hospice.stays if one.stay_id != event.stay_id)
        return ignore("stay_unknown") if stays == hospice.stays else self._on(care, hospice.but(stays=stays), cause)

    def note_wishes(self, care: Care, hospice: Hospice, event: WishesSummarised, cause: Cause) -> Decision:
        """What is wished stands otherwise; an older word than the one that is kept changes nothing."""
        if hospice.wishes_as_of is not None and event.summarised_at <= hospice.wishes_as_of:
            return ignore("wishes_known")
        return self._on(care, hospice.but(wishes=event.topics, wishes_as_of=event.summarised_at), cause)

    def _look(self, care: Care, hospice: Hospice, _: HospiceLookDue, cause: Cause) -> Decision:
        return self._on(care, hospice, cause) if care.in_care else ignore("not_in_care")

    def _on(self, care: Care, hospice: Hospice, cause: Cause) -> Decision:
        if care.in_care and care.holds:  # looked at when care goes on
            return changed(hospice).wakes(LOOK, cause.occurred_at, HospiceLookDue())
        if not care.in_care or care.waits:
            return changed(hospice)
        decision = looked(care, way_in(care, hospice), self.rules, cause)
        return decision if hospice.episode_id == care.episode_id else decision.cancels(*OF_ELECTION)


def looked(care: Care, way: Hospice, rules: PromptRules, cause: Cause) -> Decision:
    """New prompts are told; open ones that no longer hold are withdrawn. After an election there are none."""
    holds = {} if way.enrolled else met(rules, facts_of(care, way, day_of(care, cause.occurred_at)))
    gone = tuple(one for one in way.open_prompts if one.rule not in holds)
    asks = [(rule, judged) for rule, judged in holds.values() if _asks(way, rule, judged, rules, cause)]
    new = tuple(_prompt(care, way.prompted + n, rule, judged, rules, cause) for n, (rule, judged) in enumerate(asks))
    kept = tuple(one for one in way.prompts if one not in gone)
    decision = changed(way.but(prompts=(*kept, *new)[-PROMPTS_KEPT:], prompted=way.prompted + len(new)))
    told = [_withdrawn(care, one, cause) for one in gone] + [_told(care, one) for one in new]
    return decision.tells(*told).part_of(care.journey_id)


def confirm_prompt(care: Care, hospice: Hospice, asked: ConfirmHospicePrompt, cause: Cause) -> Decision:
    """Raises EntryUnknown, NotInCare, CareEnded, CareOnHold."""
    care.require_open()
    way, prompt = _open_one(care, hospice, asked.prompt_id)
    told = HospicePromptConfirmed(prompt_id=prompt.prompt_id, episode_id=episode_of(care), confirmed_at=cause.now)
    return changed(_settled(way, prompt, PromptStatus.CONFIRMED, cause)).tells(told).part_of(care.journey_id)


def dismiss_prompt(care: Care, hospice: Hospice, asked: DismissHospicePrompt, cause: Cause) -> Decision:
    """Raises EntryUnknown, NotInCare, CareEnded, CareOnHold."""
    care.require_open()
    way, prompt = _open_one(care, hospice, asked.prompt_id)
    told = HospicePromptDismissed(
        prompt_id=prompt.prompt_id, episode_id=episode_of(care), because=asked.because, dismissed_at=cause.now
    )
    after = _settled(way, prompt, PromptStatus.DISMISSED, cause, asked.because)
    return changed(after).tells(told).part_of(care.journey_id)


def _open_one(care: Care, hospice: Hospice, prompt_id: UUID) -> tuple[Hospice, Prompt]:
    way = way_in(care, hospice)
    found = next((one for one in way.open_prompts if one.prompt_id == prompt_id), None)
    if found is None:
        raise EntryUnknown(field="prompt_id")
    return way, found


def _settled(way: Hospice, prompt: Prompt, status: PromptStatus, cause: Cause, because: str = "") -> Hospice:
    now = prompt.model_copy(update={"status": status, "because": because, "settled_at": cause.now})
    return way.but(prompts=tuple(now if one.prompt_id == prompt.prompt_id else one for one in way.prompts))


def _asks(way: Hospice, rule: PromptRule, judged: Judgement, rules: PromptRules, cause: Cause) -> bool:
    """Not while one stands or was confirmed; a dismissed one comes again on other evidence, after its time."""
    last = next((one for one in reversed(way.prompts) if one.rule == rule.id), None)
    if last is None:
        return True
    if last.status is not PromptStatus.DISMISSED or last.settled_at is None:
        return False
    return last.evidence != judged.evidence and cause.occurred_at >= last.settled_at + timedelta(
        days=rules.again_after_days
    )


def _prompt(care: Care, nth: int, rule: PromptRule, judged: Judgement, rules: PromptRules, cause: Cause) -> Prompt:
    """Its id and time are the same when it is found late, because care was held meanwhile."""
    return Prompt(
        prompt_id=uuid5(episode_of(care), f"hospice_prompt/{nth}"),
        rule=rule.id,
        ruleset=rules.name,
        says=rule.says,
        evidence=judged.evidence,
        prompted_at=cause.occurred_at,
    )


def _told(care: Care, prompt: Prompt) -> HospicePrompted:
    said = prompt.model_dump(include={"prompt_id", "rule", "ruleset", "says", "evidence", "prompted_at"})
    return HospicePrompted(episode_id=episode_of(care), **said)


def _withdrawn(care: Care, prompt: Prompt, cause: Cause) -> HospicePromptWithdrawn:
    return HospicePromptWithdrawn(
        prompt_id=prompt.prompt_id, episode_id=episode_of(care), withdrawn_at=cause.occurred_at
    )
