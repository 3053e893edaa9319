"""Invents what is found at a visit: symptoms, function and phase, and who answered.

Pain at the first visit is the data's own last score; all else follows the illness, the pain and a lot of chance.
Most people are better by the second visit, not all.
"""

from __future__ import annotations

from random import Random

from carebus.contracts.care_plan import WORST_SCORE, Assessments, EsasR, Phase, Respondent
from carebus.contracts.people import Condition
from deploy.local.invented.chance import chance
from deploy.local.patient import Patient

ITEMS = tuple(name for name in EsasR.model_fields if name != "pain")
INWARD = ("depression", "anxiety", "wellbeing")

TYPICAL: dict[Condition, tuple[float, ...]] = {
    Condition.HEART_FAILURE: (5.0, 3.0, 1.0, 3.0, 5.0, 2.5, 2.5, 4.5),
    Condition.COPD: (5.0, 2.5, 1.0, 3.0, 6.0, 2.5, 4.0, 5.0),
    Condition.CANCER: (5.5, 3.5, 2.5, 4.5, 2.5, 3.0, 3.5, 5.0),
    Condition.DEMENTIA: (3.5, 4.5, 0.5, 4.0, 1.5, 2.5, 3.0, 4.0),
    Condition.PARKINSONS: (5.0, 4.0, 1.0, 2.5, 1.5, 3.0, 3.0, 4.5),
}
"""How strong each of `ITEMS` usually is on the first visit; with several illnesses the strongest counts."""

SPREAD = 1.3
WITH_PAIN = 0.35
COMMON_PAIN = 2
RESPONSE = (0.8, 1.1)
OF_ONE_ITEM = 0.7
LASTING = 0.55
UNANSWERED = 0.04
UNANSWERED_INWARD_BY_PROXY = 0.5
ADVANCED_DEMENTIA_MMSE = 10
STAFF_ANSWERS = 0.03
UNSTABLE_FROM = 9
UNSTABLE_ANYWAY = 0.05
TERMINAL_AT_THE_LOWEST_AKPS = 0.5
WORSE_BY = 2
DETERIORATING_UP_TO_AKPS = 40
AKPS_STEP = 10
AKPS_LEVELS = (80, 70, 60, 50, 40, 30, 20)
AKPS_FALLS = 0.15
AKPS_WEIGHTS = (4, 14, 28, 28, 16, 8, 2)
VISITS_TOLD = (
    "Symptoms reviewed, medicines checked, plan explained to the family.",
    "Comfort reviewed. Family shown whom to call at night.",
    "Goals of care talked through; equipment at home checked.",
)


def assessments(seed: int, patient: Patient, ordinal: int) -> Assessments:
    """What the visit with this ordinal (1 is the first) finds. The same for the same seed, patient and ordinal."""
    dice = chance(seed, "visit", patient.source_id, ordinal)
    respondent = _respondent(chance(seed, "respondent", patient.source_id), patient)
    before = _symptoms(seed, patient, ordinal - 1) if ordinal > 1 else None
    now = _symptoms(seed, patient, ordinal)
    akps = _akps(seed, patient, ordinal)
    phase = _phase(dice, now, before, akps)
    return Assessments(esas_r=_answered(dice, now, respondent), akps=akps, phase=phase, respondent=respondent)


def visit_note(seed: int, patient: Patient, ordinal: int) -> str:
    """The visit's note, which says that it is invented."""
    return f"Invented: {chance(seed, 'note', patient.source_id, ordinal).choice(VISITS_TOLD)}"


def _symptoms(seed: int, patient: Patient, ordinal: int) -> dict[str, int]:
    """How strong every symptom is at a visit, answered or not: one response per person, varied by item."""
    person = chance(seed, "symptoms", patient.source_id)
    first_pain = COMMON_PAIN if patient.pain is None else patient.pain
    gone = 1.0 - LASTING ** (ordinal - 1)
    response = person.gauss(*RESPONSE)
    found = {"pain": _score(first_pain - 2 * gone * person.gauss(response, OF_ONE_ITEM))}
    for item, typical in zip(ITEMS, _typical(patient), strict=True):
        start = typical + WITH_PAIN * (first_pain - COMMON_PAIN) + person.gauss(0.0, SPREAD)
        found[item] = _score(start - 2 * gone * person.gauss(response, OF_ONE_ITEM))
    return found


def _typical(patient: Patient) -> tuple[float, ...]:
    profiles = [TYPICAL[each] for each in patient.conditions] or list(TYPICAL.values())
    return tuple(max(levels) for levels in zip(*profiles, strict=True))


def _score(level: float) -> int:
    return min(WORST_SCORE, max(0, round(level)))


def _respondent(dice: Random, patient: Patient) -> Respondent:
    """A proxy for advanced dementia: an MMSE that low by the data, or, where it has none, by chance."""
    staff = dice.random() < STAFF_ANSWERS
    if Condition.DEMENTIA in patient.conditions:
        mmse = patient.mmse if patient.mmse is not None else dice.uniform(0, 25)
        if mmse < ADVANCED_DEMENTIA_MMSE:
            return Respondent.PROXY
    return Respondent.STAFF if staff else Respondent.PATIENT


def _answered(dice: Random, symptoms: dict[str, int], respondent: Respondent) -> EsasR:
    """Some items stay unanswered, more of the inward ones when somebody else answers; pain is always asked."""

    def missing(item: str) -> float:
        by_proxy = respondent is not Respondent.PATIENT and item in INWARD
        return 0.0 if item == "pain" else UNANSWERED_INWARD_BY_PROXY if by_proxy else UNANSWERED

    return EsasR(**{item: level for item, level in symptoms.items() if dice.random() >= missing(item)})


def _akps(seed: int, patient: Patient, ordinal: int) -> int:
    """Function at the first visit, which at each later one sometimes falls a step."""
    level = chance(seed, "akps", patient.source_id).choices(AKPS_LEVELS, AKPS_WEIGHTS)[0]
    for visit in range(2, ordinal + 1):
        if chance(seed, "akps", patient.source_id, visit).random() < AKPS_FALLS:
            level = max(AKPS_LEVELS[-1], level - AKPS_STEP)
    return level


def _phase(dice: Random, now: dict[str, int], before: dict[str, int] | None, akps: int) -> Phase:
    if akps <= AKPS_LEVELS[-1] and dice.random() < TERMINAL_AT_THE_LOWEST_AKPS:
        return Phase.TERMINAL
    if max(now.values()) >= UNSTABLE_FROM or dice.random() < UNSTABLE_ANYWAY:
        return Phase.UNSTABLE
    worse = before is not None and sum(now.values()) > sum(before.values()) + WORSE_BY
    return Phase.DETERIORATING if worse or akps <= DETERIORATING_UP_TO_AKPS else Phase.STABLE
