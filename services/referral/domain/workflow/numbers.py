"""A sender's number that somebody unproven claimed first gives way to a proven sender."""

from carebus.decisions import Cause, Command, Decision, ignore
from services.referral.domain.referring.stated import Request
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake


class ReleaseNumber(Request, Command):
    """A proven sender refers somebody else under this number; `assigner` as `placer_of` gives it."""

    assigner: str
    number: str


def release_number(intake: Intake, asked: ReleaseNumber, cause: Cause) -> Decision:
    """The referral goes on without its number, unless a proven sender gave it."""
    found = intake.known_as((asked.assigner, asked.number), "")
    if found is None or found[0].proven:
        return ignore("number_stays")
    known = found[0]
    without = known.received.model_copy(update={"placer_id": "", "placer_assigner": ""})
    return DecisionBuilder(intake, known, cause).keeps(received=without).done("number_released")
