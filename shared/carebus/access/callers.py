"""Who asks: a person who has signed in, a program with a token, an outsider, or a service at its own work."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from carebus.decisions import acting

_ACCOUNTS = uuid5(UUID(int=0), "org.carebus.account")
_ORGANIZATIONS = uuid5(UUID(int=0), "org.carebus.organization")
_MAILBOXES = uuid5(UUID(int=0), "org.carebus.mailbox")


class AccountRole(StrEnum):
    """What somebody is in the installation, as the provider's roles claim says it."""

    COORDINATOR = "coordinator"
    DOCTOR = "doctor"
    ADVANCED_PRACTICE_PROVIDER = "advanced_practice_provider"
    NURSE = "nurse"
    SOCIAL_WORKER = "social_worker"
    SUPERVISOR = "supervisor"
    HEALTH_PLAN = "health_plan"
    REFERRER = "referrer"
    FAMILY_MEMBER = "family_member"
    ANALYST = "analyst"
    PRIVACY_OFFICER = "privacy_officer"
    OPERATOR = "operator"

    @property
    def words(self) -> str:
        """The role as people say it."""
        return self.value.replace("_", " ")


CLINICAL = frozenset(
    {AccountRole.DOCTOR, AccountRole.ADVANCED_PRACTICE_PROVIDER, AccountRole.NURSE, AccountRole.SOCIAL_WORKER}
)
"""The four professions of a care team."""
STAFF = CLINICAL | {
    AccountRole.COORDINATOR,
    AccountRole.SUPERVISOR,
    AccountRole.PRIVACY_OFFICER,
    AccountRole.OPERATOR,
    AccountRole.ANALYST,
}
"""Who works here, and so must have signed in as strongly as the installation asks of its staff."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as it was shown.

    account: opaque, the same at every sign-in; it is the actor of what they do.  organization: whom they act
    for.  scopes: what a program's token, or what somebody holds (a private link), allows.  label: the actor of whoever
    has no account.  own_work: a service that nobody asks just now, which needs no rule.  name and email are for pages
    only and go no further.
    """

    account: UUID | None = None
    roles: frozenset[AccountRole] = frozenset()
    scopes: frozenset[str] = frozenset()
    client: str = ""
    organization: str = ""
    session: UUID | None = None
    name: str = ""
    email: str = ""
    label: str = "outsider"
    own_work: bool = False

    def __repr__(self) -> str:
        return f"Caller({self.actor})"

    @property
    def actor(self) -> str:
        """What the envelope says of who acts: an opaque id, or what kind of stranger."""
        return str(self.account) if self.account else self.label

    @property
    def role(self) -> str:
        """In which role they act, where one word is wanted: the first that they have, or what kind of stranger."""
        first = min(self.roles, key=list(AccountRole).index, default=None)
        return first.value if first else ("program" if self.account else self.label.partition(":")[0])

    @property
    def by(self) -> str:
        """Who acts, with the role, as states keep it."""
        return acting(self.role, self.actor)

    @property
    def holders(self) -> tuple[UUID, ...]:
        """As whom they may stand in a relation: themselves, their organization, the mailbox that is theirs."""
        found = (
            self.account,
            organization_of(self.organization) if self.organization else None,
            mailbox_of(self.email) if self.email else None,
        )
        return tuple(one for one in found if one is not None)

    @property
    def signed_in(self) -> bool:
        """Whether anything was shown at all."""
        return self.account is not None


OUTSIDER = Caller()
"""Somebody who has shown nothing."""


def own_work(name: str) -> Caller:
    """A service (or one of its workers) at work that nobody asks it for just now."""
    return Caller(label=name, own_work=True)


def account_of(issuer: str, subject: str) -> UUID:
    """The account that an issuer knows under a subject: the same in every service."""
    return uuid5(_ACCOUNTS, f"{issuer}\n{subject}")


def organization_of(name: str) -> UUID:
    """What an organization or plan, by its id or name, stands in relations as; capitals and spaces don't count."""
    return uuid5(_ORGANIZATIONS, " ".join(name.casefold().split()))


def mailbox_of(email: str) -> UUID:
    """What whoever reads this mailbox stands in relations as."""
    return uuid5(_MAILBOXES, email.strip().casefold())
