"""Where a referral may stand, who may do what there, and where that leads: the table behind every decision."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from carebus.errors import CarebusError


class Status(StrEnum):
    """Where a referral stands. What passes within one decision (received, assessed) is no place to stand."""

    IDENTITY_REVIEW = "identity_review"
    TRIAGE = "triage"
    INFO_REQUESTED = "info_requested"
    WAITLISTED = "waitlisted"
    ACCEPTED = "accepted"
    CONTACTING = "contacting"
    UNREACHABLE = "unreachable"
    FIRST_VISIT_SCHEDULED = "first_visit_scheduled"
    ACTIVE = "active"
    SUMMARY_SENT = "summary_sent"
    CANCELLATION_REQUESTED = "cancellation_requested"
    CLOSED = "closed"
    DECLINED = "declined"
    ADVICE_RETURNED = "advice_returned"
    REDIRECTED = "redirected"
    CANCELLED = "cancelled"
    FAILED = "failed"
    ENTERED_IN_ERROR = "entered_in_error"


class Role(StrEnum):
    """Who acts."""

    REFERRER = "referrer"
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    SYSTEM = "system"


class Act(StrEnum):
    """What can be done to a referral that is here."""

    HOLD_FOR_IDENTITY = "hold_for_identity"
    SETTLE_IDENTITY = "settle_identity"
    ACKNOWLEDGE = "acknowledge"
    AMEND = "amend"
    ASSIGN = "assign"
    REQUEST_INFORMATION = "request_information"
    SUPPLY_INFORMATION = "supply_information"
    TRIAGE = "triage"
    ACCEPT = "accept"
    DECLINE = "decline"
    RETURN_WITH_ADVICE = "return_with_advice"
    WAITLIST = "waitlist"
    REDIRECT = "redirect"
    REQUEST_CANCELLATION = "request_cancellation"
    CANCEL = "cancel"
    MARK_ERROR = "mark_error"
    ATTEMPT_CONTACT = "attempt_contact"
    MAKE_CONTACT = "make_contact"
    DECLARE_UNREACHABLE = "declare_unreachable"
    PATIENT_DECLINES = "patient_declines"
    FAIL = "fail"
    CLOSE_LOOP = "close_loop"
    REOPEN = "reopen"
    TAKE_OVER_CHANGE = "take_over_change"
    TURN_DOWN_CHANGE = "turn_down_change"
    TURN_DOWN_CANCELLATION = "turn_down_cancellation"
    WITHDRAW_CANCELLATION = "withdraw_cancellation"


EVERYWHERE = frozenset(Status)
TERMINAL = frozenset(
    {
        Status.CLOSED,
        Status.DECLINED,
        Status.ADVICE_RETURNED,
        Status.REDIRECTED,
        Status.CANCELLED,
        Status.FAILED,
        Status.ENTERED_IN_ERROR,
    }
)
OPEN = EVERYWHERE - TERMINAL
DECIDABLE = frozenset({Status.TRIAGE, Status.INFO_REQUESTED, Status.WAITLISTED})
UNDECIDED = DECIDABLE | {Status.IDENTITY_REVIEW}
BEFORE_VISIT = frozenset({Status.ACCEPTED, Status.CONTACTING, Status.UNREACHABLE, Status.FIRST_VISIT_SCHEDULED})
TAKEN_ON = BEFORE_VISIT | {Status.ACTIVE, Status.SUMMARY_SENT}

OFFICE = frozenset({Role.COORDINATOR, Role.CLINICIAN})
DESK = frozenset({Role.COORDINATOR})
REFERRERS = frozenset({Role.REFERRER, Role.COORDINATOR})
"""What a referrer may do, a coordinator may do for them: they telephone."""
BY_ITSELF = frozenset({Role.SYSTEM, Role.COORDINATOR})


class NotNow(CarebusError):
    """This can't be done while the referral is {status}: {act}."""


class NotYours(CarebusError):
    """This is not for a {role} to do: {act}."""

    status = HTTPStatus.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do it, and where the referral must stand."""

    by: frozenset[Role]
    at: frozenset[Status]


RULES: dict[Act, Rule] = {
    Act.HOLD_FOR_IDENTITY: Rule(BY_ITSELF, frozenset({Status.TRIAGE})),
    Act.SETTLE_IDENTITY: Rule(BY_ITSELF, frozenset({Status.IDENTITY_REVIEW})),
    Act.ACKNOWLEDGE: Rule(BY_ITSELF, OPEN),
    Act.AMEND: Rule(REFERRERS | BY_ITSELF, EVERYWHERE),
    Act.ASSIGN: Rule(OFFICE | BY_ITSELF, OPEN),
    Act.REQUEST_INFORMATION: Rule(OFFICE, frozenset({Status.TRIAGE, Status.WAITLISTED})),
    Act.SUPPLY_INFORMATION: Rule(REFERRERS | BY_ITSELF, frozenset({Status.INFO_REQUESTED})),
    Act.TRIAGE: Rule(OFFICE, DECIDABLE),
    Act.ACCEPT: Rule(OFFICE, DECIDABLE),
    Act.DECLINE: Rule(OFFICE, DECIDABLE),
    Act.RETURN_WITH_ADVICE: Rule(OFFICE, DECIDABLE),
    Act.WAITLIST: Rule(OFFICE, DECIDABLE),
    Act.REDIRECT: Rule(OFFICE, DECIDABLE),
    Act.REQUEST_CANCELLATION: Rule(REFERRERS, OPEN - {Status.CANCELLATION_REQUESTED}),
    Act.CANCEL: Rule(OFFICE, OPEN),
    Act.MARK_ERROR: Rule(REFERRERS, UNDECIDED),
    Act.ATTEMPT_CONTACT: Rule(OFFICE, BEFORE_VISIT),
    Act.MAKE_CONTACT: Rule(OFFICE, BEFORE_VISIT),
    Act.DECLARE_UNREACHABLE: Rule(OFFICE, frozenset({Status.CONTACTING, Status.FIRST_VISIT_SCHEDULED})),
    Act.PATIENT_DECLINES: Rule(OFFICE, TAKEN_ON),
    Act.FAIL: Rule(OFFICE, TAKEN_ON),
    Act.CLOSE_LOOP: Rule(BY_ITSELF, frozenset({Status.SUMMARY_SENT})),
    Act.REOPEN: Rule(DESK, TERMINAL),
    Act.TAKE_OVER_CHANGE: Rule(OFFICE, OPEN),
    Act.TURN_DOWN_CHANGE: Rule(OFFICE, OPEN),
    Act.TURN_DOWN_CANCELLATION: Rule(OFFICE, frozenset({Status.CANCELLATION_REQUESTED})),
    Act.WITHDRAW_CANCELLATION: Rule(REFERRERS, frozenset({Status.CANCELLATION_REQUESTED})),
}
"""The whole workflow. A referrer asks for cancellation, amends, supplies and marks errors, and does nothing else."""


def role_of(by: str) -> Role:
    """The role of somebody such as `supervisor:<account>`; what nobody asks for (an event, a timer) is the system's."""
    return _ROLES.get(by.partition(":")[0], Role.SYSTEM)


_ROLES = {
    **dict.fromkeys(("coordinator", "supervisor"), Role.COORDINATOR),
    **dict.fromkeys(("doctor", "advanced_practice_provider", "nurse", "social_worker", "clinician"), Role.CLINICIAN),
    **dict.fromkeys(("referrer", "program", "outsider", "health_plan", "family_member"), Role.REFERRER),
    **dict.fromkeys(("analyst", "privacy_officer", "operator"), Role.REFERRER),
}
"""Whoever gives a command has a role; those of the last two lines may do no more than a referrer."""


def allowed(status: Status, role: Role) -> tuple[Act, ...]:
    """What this role may do to a referral that stands here."""
    return tuple(act for act, rule in RULES.items() if role in rule.by and status in rule.at)


def permit(act: Act, status: Status, role: Role) -> None:
    """Raises NotYours and NotNow."""
    rule = RULES[act]
    if role not in rule.by:
        raise NotYours(role=role.value, act=act.value)
    if status not in rule.at:
        raise NotNow(status=status.value, act=act.value)
