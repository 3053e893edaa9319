"""What a seriously ill person may want or refuse, by topic, and which wishes go against which."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi


class WishTopic(StrEnum):
    """What is chosen about."""

    CPR = "cpr"
    TREATMENT = "treatment"
    NUTRITION = "nutrition"
    HOSPITAL = "hospital"
    PLACE_OF_CARE = "place_of_care"
    PLACE_OF_DEATH = "place_of_death"


class Choice(StrEnum):
    """What somebody chose. Those of CPR, treatment and nutrition are the answers of portable medical orders (LOINC
    LL6263-9, LL6264-7, LL6267-0)."""

    ATTEMPT_CPR = "attempt_cpr"
    NO_CPR = "no_cpr"
    FULL_TREATMENT = "full_treatment"
    SELECTIVE_TREATMENT = "selective_treatment"
    COMFORT_ONLY = "comfort_only"
    FEEDING_TUBE = "feeding_tube"
    FEEDING_TUBE_TRIAL = "feeding_tube_trial"
    NO_FEEDING_TUBE = "no_feeding_tube"
    HOSPITAL_IF_NEEDED = "hospital_if_needed"
    HOSPITAL_FOR_COMFORT = "hospital_for_comfort"
    NO_HOSPITAL = "no_hospital"
    AT_HOME = "at_home"
    WITH_FAMILY = "with_family"
    IN_FACILITY = "in_facility"
    IN_HOSPICE_HOUSE = "in_hospice_house"
    IN_HOSPITAL = "in_hospital"
    ANYWHERE = "anywhere"


PLACES = (
    Choice.AT_HOME,
    Choice.WITH_FAMILY,
    Choice.IN_FACILITY,
    Choice.IN_HOSPICE_HOUSE,
    Choice.IN_HOSPITAL,
    Choice.ANYWHERE,
)
CHOICES: Mapping[WishTopic, tuple[Choice, ...]] = {
    WishTopic.CPR: (Choice.ATTEMPT_CPR, Choice.NO_CPR),
    WishTopic.TREATMENT: (Choice.FULL_TREATMENT, Choice.SELECTIVE_TREATMENT, Choice.COMFORT_ONLY),
    WishTopic.NUTRITION: (Choice.FEEDING_TUBE, Choice.FEEDING_TUBE_TRIAL, Choice.NO_FEEDING_TUBE),
    WishTopic.HOSPITAL: (Choice.HOSPITAL_IF_NEEDED, Choice.HOSPITAL_FOR_COMFORT, Choice.NO_HOSPITAL),
    WishTopic.PLACE_OF_CARE: PLACES,
    WishTopic.PLACE_OF_DEATH: PLACES,
}
"""What can be chosen of each topic."""

ORDERED = frozenset({WishTopic.CPR, WishTopic.TREATMENT, WishTopic.NUTRITION})
"""What a portable medical order orders."""

NOT_TO_HOSPITAL = frozenset({Choice.HOSPITAL_FOR_COMFORT, Choice.NO_HOSPITAL, Choice.COMFORT_ONLY})
"""Whoever wants one of these does not want to be sent to hospital for treatment."""

_ACROSS = (
    ((WishTopic.CPR, Choice.ATTEMPT_CPR), (WishTopic.TREATMENT, Choice.SELECTIVE_TREATMENT)),
    ((WishTopic.CPR, Choice.ATTEMPT_CPR), (WishTopic.TREATMENT, Choice.COMFORT_ONLY)),
    ((WishTopic.TREATMENT, Choice.FULL_TREATMENT), (WishTopic.HOSPITAL, Choice.HOSPITAL_FOR_COMFORT)),
    ((WishTopic.TREATMENT, Choice.FULL_TREATMENT), (WishTopic.HOSPITAL, Choice.NO_HOSPITAL)),
    ((WishTopic.TREATMENT, Choice.COMFORT_ONLY), (WishTopic.HOSPITAL, Choice.HOSPITAL_IF_NEEDED)),
    ((WishTopic.TREATMENT, Choice.COMFORT_ONLY), (WishTopic.NUTRITION, Choice.FEEDING_TUBE)),
    ((WishTopic.HOSPITAL, Choice.NO_HOSPITAL), (WishTopic.PLACE_OF_CARE, Choice.IN_HOSPITAL)),
    ((WishTopic.HOSPITAL, Choice.NO_HOSPITAL), (WishTopic.PLACE_OF_DEATH, Choice.IN_HOSPITAL)),
)
"""Of two topics. The first two are the national POLST form's own rule (2019): who wants CPR wants full treatment, as
CPR leads to intensive care; the others are ours, and say what can't both be done."""

_WITHIN = tuple(
    ((topic, one), (topic, other))
    for topic, choices in CHOICES.items()
    for one, other in combinations(choices, 2)
    if Choice.ANYWHERE not in (one, other)
)
"""Of one topic two choices differ, but for whoever is content with any place."""

CONTRADICTIONS = frozenset(frozenset(pair) for pair in (*_WITHIN, *_ACROSS))
"""Pairs of (topic, choice) that can't both be followed."""


def contradict(one: tuple[WishTopic, Choice], other: tuple[WishTopic, Choice]) -> bool:
    """Whether not both can be followed."""
    return frozenset((one, other)) in CONTRADICTIONS


class Statement(Value):
    """What was said or written on a topic. words: the person's own, where they are known."""

    topic: WishTopic
    choice: Choice
    words: Annotated[str, Phi.TEXT] = ""


class WishSource(StrEnum):
    """Where a statement comes from."""

    DOCUMENT = "document"
    CONVERSATION = "conversation"


class KnownWish(Value):
    """A statement that stands: where it comes from, and since when.

    source_id: the document's or conversation's.  verified: a document's, checked by a clinician with patient or agent.
    by_agent: the agent spoke for the patient.
    """

    statement: Statement
    source: WishSource
    source_id: UUID
    stated_on: Annotated[date, Phi.DATE]
    verified: bool = False
    by_agent: bool = False
