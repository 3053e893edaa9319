"""Rules: which roles, programs or relations open a command or a route; what has no rule is open to nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from pydantic import BaseModel

from carebus.access.callers import CLINICAL, STAFF, AccountRole, Caller
from carebus.errors import CarebusError
from carebus.relations import Relation, RelationsOf, no_relations


class SignInNeeded(CarebusError):
    """Sign in to do this."""

    status = 401


class AccessDenied(CarebusError):
    """This needs another role than yours: {needed}. Ask whoever runs your accounts if you should have it."""

    status = 403


class Unseen(CarebusError):
    """There is nothing here that you may see."""

    status = 404


_ANY_ACCOUNT = "any account"


class Way(NamedTuple):
    """One way through a door: a role or a scope, and how the caller must stand to the subject beside it."""

    role: AccountRole | None = None
    scope: str = ""
    relation: Relation | None = None

    def has(self, caller: Caller) -> bool:
        """Whether the caller has the role or scope; the relation is another question."""
        if self.scope == _ANY_ACCOUNT:
            return caller.signed_in
        return self.role in caller.roles if self.role is not None else self.scope in caller.scopes


class Standing(NamedTuple):
    """How a rule and a caller meet: open, or open to whoever stands in one of these relations to the subject."""

    open: bool
    relations: frozenset[Relation] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """The ways through one door. `a | b` is open to both; no way at all is open to nobody.

    subject: the path parameter that names whom the page is about, for relations and for the record of who saw whom.
    unknown: what is said of a subject that there is not, and of one that the caller may not see.
    because: why a door is open to anyone.  throttle: the name of the limit that such a door has.
    """

    ways: tuple[Way, ...] = ()
    subject: str = ""
    unknown: type[CarebusError] = Unseen
    because: str = ""
    throttle: str = ""

    def __or__(self, other: "Rule") -> "Rule":
        named = self if self.subject or self.unknown is not Unseen else other
        return replace(named, ways=self.ways + other.ways)

    def on(self, relation: Relation) -> "Rule":
        """Open to the same, but only for subjects that they stand to in this relation."""
        return replace(self, ways=tuple(way._replace(relation=relation) for way in self.ways))

    def sees(self, parameter: str, unknown: type[CarebusError] = Unseen) -> "Rule":
        """What the route shows is about the subject that this path parameter names."""
        return replace(self, subject=parameter, unknown=unknown)

    def unknown_as(self, unknown: type[CarebusError]) -> "Rule":
        """What is said of a subject that there is not, or that the caller may not see."""
        return replace(self, unknown=unknown)

    @property
    def public(self) -> bool:
        """Whether anyone may."""
        return bool(self.because)

    def standing(self, caller: Caller) -> Standing:
        """How the caller stands before this door, without regard to relations: those are rows. Pure."""
        ways = [way for way in self.ways if way.has(caller)]
        if self.public or caller.own_work or any(way.relation is None for way in ways):
            return Standing(open=True)
        return Standing(open=False, relations=frozenset(way.relation for way in ways if way.relation))

    def admits(self, caller: Caller) -> bool:
        """Whether the caller may, at least for those to whom they stand in a relation. Pure."""
        found = self.standing(caller)
        return found.open or bool(found.relations)

    def require(self, caller: Caller) -> frozenset[Relation]:
        """The relations of which the caller must have one; none when that is not needed.

        Raises SignInNeeded and AccessDenied, which names the roles that would do.
        """
        found = self.standing(caller)
        if found.open or found.relations:
            return found.relations
        if not caller.signed_in:
            raise SignInNeeded
        raise AccessDenied(needed=self.needed())

    def needed(self) -> str:
        """The roles and scopes that would do, in words."""
        shown = [way for way in self.ways if " " not in way.scope]
        names = [way.role.words if way.role else f"a program with {way.scope}" for way in shown]
        return " or ".join(dict.fromkeys(names)) or "nobody's"


def roles(*names: AccountRole) -> Rule:
    """Open to these roles."""
    return Rule(tuple(Way(role=name) for name in names))


def program(scope: str) -> Rule:
    """Open to programs whose token has this scope."""
    return Rule((Way(scope=scope),))


def holder_of(what: str) -> Rule:
    """Open to callers who showed that they hold this, such as a private link. Only our own code makes such callers."""
    return Rule((Way(scope=_held(what)),))


def holding(what: str, label: str) -> Caller:
    """Somebody without an account who holds this; `label` is the actor of what they do."""
    return Caller(scopes=frozenset({_held(what)}), label=label)


def _held(what: str) -> str:
    """A token's scopes have no spaces, so no token can say that it holds something."""
    return f"holds {what}"


def anyone(*, because: str, throttle: str = "") -> Rule:
    """Open to everybody, for this reason."""
    return Rule(because=because, throttle=throttle)


def _sorted(of: Iterable[AccountRole]) -> list[AccountRole]:
    return sorted(of, key=list(AccountRole).index)


clinicians = roles(*_sorted(CLINICAL))
"""Doctors, advanced practice providers, nurses and social workers."""
staff = roles(*_sorted(STAFF))
"""Everybody who works here."""
signed_in = Rule((Way(scope=_ANY_ACCOUNT),))
"""Everybody who has signed in, with whatever roles or none."""


class NotDeclared(CarebusError):
    """No rule says who may {what}. Add one to the service's access.py: what has no rule is open to nobody."""

    status = 500


@dataclass(frozen=True, slots=True)
class Access:
    """A service's two tables, and how its events make relations."""

    commands: Mapping[type[BaseModel], Rule] = field(default_factory=dict)
    reads: Mapping[str, Rule] = field(default_factory=dict)
    relations_of: RelationsOf = no_relations

    def may_open(self, path: str, caller: Caller) -> bool:
        """Whether a menu may lead this caller to a page: one without a rule of its own is no business of the menu's."""
        rule = self.reads.get(f"GET {path}")
        return rule is None or rule.admits(caller)

    def of_command(self, kind: type[BaseModel]) -> Rule:
        """Who may give a command of this kind. Raises NotDeclared."""
        if (found := self.commands.get(kind)) is None:
            raise NotDeclared(what=f"give {kind.__name__}")
        return found

    def require_all(self, routes: Iterable[str], commands: Iterable[type[BaseModel]]) -> None:
        """Check that every route ("GET /patients/{patient_id}") and command has a rule. Raises NotDeclared."""
        for route in routes:
            if route not in self.reads:
                raise NotDeclared(what=f"ask for {route}")
        for kind in commands:
            self.of_command(kind)
