"""What every instrument's answers have in common: who gave them."""

from enum import StrEnum

from carebus.contracts.event import Value


class Respondent(StrEnum):
    """Who answered an instrument."""

    PATIENT = "patient"
    PROXY = "proxy"
    STAFF = "staff"


class Answers(Value):
    """The answers to one instrument. An item not answered, or not assessable, is None and never counts as 0.

    respondent: who answered it, where that is not who answered at the visit.
    """

    respondent: Respondent | None = None
