"""When a loop closes: the letter that tells of the visit summary is with the referrer."""

from carebus.contracts.notifications import ReferrerLetterSent
from carebus.decisions import Cause, Decision, ignore
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.workflow.commands import CloseLoop
from services.referral.domain.workflow.ending import close_loop
from services.referral.domain.workflow.referrals import Intake
from services.referral.domain.workflow.statuses import Status


def letter_sent(intake: Intake, sent: ReferrerLetterSent, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Their mail server has a letter; if it is the one that tells of the summary, the loop is closed."""
    referral = next((each for each in intake.referrals if each.referral_id == sent.referral_id), None)
    told = sent.status == Status.SUMMARY_SENT
    if referral is None or not told or referral.status is not Status.SUMMARY_SENT:
        return ignore("letter_closes_no_loop")
    return close_loop(intake, CloseLoop(referral_id=sent.referral_id), cause, office, sent.sent_at)
