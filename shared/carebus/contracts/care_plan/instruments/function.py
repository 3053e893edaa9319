"""Instruments that staff assess: where the illness stands and what somebody can do."""

from enum import IntEnum, StrEnum
from typing import Annotated

from pydantic import Field

from carebus.contracts.care_plan.instruments.answers import Answers


class Phase(StrEnum):
    """Palliative phase (PCOC): not sequential; describes what the plan of care must do now."""

    STABLE = "stable"
    UNSTABLE = "unstable"
    DETERIORATING = "deteriorating"
    TERMINAL = "terminal"


class Assistance(IntEnum):
    """How much help a movement needs (RUG-ADL). There is no 2: AIHW METeOR 446314."""

    NONE = 1
    LIMITED = 3
    ONE_PERSON = 4
    TWO_PEOPLE = 5


class RugAdl(Answers):
    """Resource Utilisation Groups, Activities of Daily Living: three movements (1, 3, 4 or 5), and eating (1 to 3)."""

    bed_mobility: Assistance | None = None
    toileting: Assistance | None = None
    transfer: Assistance | None = None
    eating: Annotated[int | None, Field(ge=1, le=3)] = None


class Nyha(Answers):
    """New York Heart Association functional class: 1 (no limitation) to 4 (symptoms at rest)."""

    functional_class: Annotated[int | None, Field(ge=1, le=4)] = None


class FastStage(StrEnum):
    """Stage of the FAST: 1 (no difficulty) to 7f; the sixth has five parts and the seventh six."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX_A = "6a"
    SIX_B = "6b"
    SIX_C = "6c"
    SIX_D = "6d"
    SIX_E = "6e"
    SEVEN_A = "7a"
    SEVEN_B = "7b"
    SEVEN_C = "7c"
    SEVEN_D = "7d"
    SEVEN_E = "7e"
    SEVEN_F = "7f"


class Fast(Answers):
    """Functional Assessment Staging of dementia: the highest consecutive stage of disability."""

    stage: FastStage | None = None
