"""When a loop closes: the letter that tells of the visit summary is with whoever referred."""

from carebus.contracts.notifications import ReferrerLetterSent
from carebus.decisions import Cause, Decision, ignore
from services.referral.domain.commands import CloseLoop
from services.referral.domain.ending import close_loop
from services.referral.domain.intake import Intake
from services.referral.domain.office import DEFAULT, Office
from services.referral.domain.statuses import Status


def letter_sent(intake: Intake, sent: ReferrerLetterSent, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Their mail server has a letter; if it is the one that tells of the summary, the loop is closed."""
    referral = next((each for each in intake.referrals if each.referral_id == sent.referral_id), None)
    told = sent.status == Status.SUMMARY_SENT
    if referral is None or not told or referral.status is not Status.SUMMARY_SENT:
        return ignore("letter_closes_no_loop")
    return close_loop(intake, CloseLoop(referral_id=sent.referral_id), cause, office)
