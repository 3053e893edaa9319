"""What became of a referrer's wish to cancel, where the referral goes on."""

from carebus.contracts.referral import ContinuedBecause
from services.referral.domain.workflow.referrals import Referral, Step

ANSWERS = {
    "cancellation_turned_down": ContinuedBecause.TURNED_DOWN,
    "cancellation_withdrawn": ContinuedBecause.WITHDRAWN,
}


def turned_down(referral: Referral) -> Step | None:
    """Where the office turned the latest wish to cancel down, as long as the referral goes on."""
    about = (step for step in reversed(referral.steps) if step.what in {"cancellation_requested", *ANSWERS})
    latest = next(about, None)
    answered = latest is not None and ANSWERS.get(latest.what) is ContinuedBecause.TURNED_DOWN
    return latest if answered and not referral.ended else None


def continued_because(referral: Referral) -> ContinuedBecause | None:
    """Why the referral goes on, where that is the newest of its story."""
    return ANSWERS.get(referral.steps[-1].what) if referral.steps else None
