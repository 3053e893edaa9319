"""Who may do and see what: callers, their roles, and the rules that a service declares in its two tables."""

from carebus.access.callers import CLINICAL, OUTSIDER, STAFF, AccountRole, Caller, account_of, own_work
from carebus.access.relations import Ends, Follows, Holds, Relation, RelationChange
from carebus.access.rules import (
    Access,
    AccessDenied,
    Rule,
    SignInNeeded,
    Unseen,
    anyone,
    clinicians,
    holder_of,
    holding,
    program,
    roles,
    signed_in,
    staff,
)

__all__ = [
    "CLINICAL",
    "OUTSIDER",
    "STAFF",
    "Access",
    "AccessDenied",
    "AccountRole",
    "Caller",
    "Ends",
    "Follows",
    "Holds",
    "Relation",
    "RelationChange",
    "Rule",
    "SignInNeeded",
    "Unseen",
    "account_of",
    "anyone",
    "clinicians",
    "holder_of",
    "holding",
    "own_work",
    "program",
    "roles",
    "signed_in",
    "staff",
]
