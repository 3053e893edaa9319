"""Emergency access is looked at afterwards, within 72 hours, by a privacy officer. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from carebus.contracts.event import Stream
from carebus.decisions import Cause, Command, Decision, State, changed
from carebus.errors import CarebusError

DUE = timedelta(hours=72)
"""Within this time of real time an emergency access is reviewed."""


class Finding(StrEnum):
    """What a review found."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"
    TO_BE_FOLLOWED_UP = "to_be_followed_up"


class NotReviewable(CarebusError):
    """There is no emergency access of this id."""

    status = 404


class AlreadyReviewed(CarebusError):
    """This emergency access has been reviewed already."""


class Review(State):
    """What became of one emergency access."""

    finding: Finding | None = None
    reviewed_by: str = ""
    reviewed_at: datetime | None = None


class ReviewEmergencyAccess(Command):
    """Say what the review of an emergency access found."""

    finding: Finding


def stream_of(row_id: object) -> Stream:
    """Where the review of a row is kept."""
    return Stream(f"review/{row_id}")


def review(state: Review, command: ReviewEmergencyAccess, cause: Cause) -> Decision:
    """Keep what was found, by whom and when. What is to be followed up may be reviewed again."""
    if state.finding in {Finding.JUSTIFIED, Finding.NOT_JUSTIFIED}:
        raise AlreadyReviewed
    return changed(state.but(finding=command.finding, reviewed_by=cause.by, reviewed_at=cause.now))
