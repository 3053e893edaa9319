"""Who a person is by now is told whenever it changes, so that other services find them without asking.

`informing` (see domain.feedback) does so after every decision on a patient's referrals: nobody has to think of it.
"""

from collections.abc import Iterable

from carebus.contracts.referral import PatientIdentityStated
from carebus.decisions import Cause, Decision
from services.referral.domain.workflow.referrals import Intake


def identity_told(before: Intake, decision: Decision, cause: Cause) -> Decision:
    """The same decision, which also tells who the person is, where that is news."""
    after = next((state for state in decision.states if isinstance(state, Intake)), None)
    told = identity_of(after, cause) if after else None
    if told is None or told == identity_of(before, cause):
        return decision
    return decision.tells(told)


def identity_of(intake: Intake, cause: Cause) -> PatientIdentityStated | None:
    """Who the person is as it stands: by the newest referral; phones and numbers of all of them."""
    if not intake.referrals:
        return None
    received = [each.received for each in reversed(intake.referrals)]
    return PatientIdentityStated(
        person=received[0].patient,
        phones=_each(one.patient.phone for one in received),
        member_numbers=_each(one.payer.member_id for one in received if one.payer),
        stated_at=cause.now,
    )


def _each(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in texts if one))
