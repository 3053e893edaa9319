"""Where the referral service keeps what it knows. All SQL of the service is in this room."""

from carebus.states import tables
from services.referral.store import referrals
from services.referral.store.accounts import Account, account, close_session, open_session
from services.referral.store.followed import FEEDBACK, feedback_of, give_tries_back, link, take_try
from services.referral.store.organizations import (
    Counted,
    Loop,
    Mine,
    Organization,
    admit,
    call_one,
    exclude,
    loops,
    member_of,
    organization,
    referrals_of,
)
from services.referral.store.referrals import (
    Count,
    Row,
    by_reference,
    counts,
    oldest,
    page,
    referral,
    same_person,
    stream_of,
)
from services.referral.store.rulesets import RulesetBroken, rule_book
from services.referral.store.webhooks import (
    Call,
    Called,
    Endpoint,
    Sent,
    calls_of,
    due_calls,
    enable,
    endpoints,
    register,
    remove,
    rotate,
    settle,
)

STATES = {**referrals.STATES, **tables(FEEDBACK)}

__all__ = [
    "STATES",
    "Account",
    "Call",
    "Called",
    "Count",
    "Counted",
    "Endpoint",
    "Loop",
    "Mine",
    "Organization",
    "Row",
    "RulesetBroken",
    "Sent",
    "account",
    "admit",
    "by_reference",
    "call_one",
    "calls_of",
    "close_session",
    "counts",
    "due_calls",
    "enable",
    "endpoints",
    "exclude",
    "feedback_of",
    "give_tries_back",
    "link",
    "loops",
    "member_of",
    "oldest",
    "open_session",
    "organization",
    "page",
    "referral",
    "referrals_of",
    "register",
    "remove",
    "rotate",
    "rule_book",
    "same_person",
    "settle",
    "stream_of",
    "take_try",
]
