"""Instruments of mood and strain: PHQ-9, distress thermometer and, about the caregiver, ZBI-12."""

from typing import Annotated

from pydantic import Field

from carebus.contracts.care_plan.instruments.answers import Answers
from carebus.contracts.care_plan.instruments.symptoms import Score

_Days = Annotated[int | None, Field(ge=0, le=3)]
_Often = Annotated[int | None, Field(ge=0, le=4)]


class Phq9(Answers):
    """Patient Health Questionnaire: nine items on the last two weeks, 0 (not at all) to 3 (nearly every day).

    Its first two items are the PHQ-2: where only that was asked, the other seven are None.
    """

    interest: _Days = None
    feeling_down: _Days = None
    sleep: _Days = None
    energy: _Days = None
    appetite: _Days = None
    self_worth: _Days = None
    concentration: _Days = None
    movement: _Days = None
    self_harm: _Days = None


class DistressThermometer(Answers):
    """NCCN Distress Thermometer: distress in the last week, 0 (none) to 10 (extreme)."""

    distress: Score = None


class Zbi12(Answers):
    """Zarit Burden Interview, twelve items, 0 (never) to 4 (nearly always): caregivers answer about themselves.

    The fields are in the order of the short form of Bédard et al., Gerontologist 2001;41(5):652-657.
    """

    own_time: _Often = None
    other_duties: _Often = None
    anger: _Often = None
    other_relationships: _Often = None
    tension: _Often = None
    own_health: _Often = None
    privacy: _Often = None
    social_life: _Often = None
    control: _Often = None
    uncertainty: _Often = None
    doing_more: _Often = None
    doing_better: _Often = None
