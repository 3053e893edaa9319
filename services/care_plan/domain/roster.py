"""The clinicians who can be assigned: how many patients each looks after, and which hours are taken."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.event import Stream, Value
from carebus.contracts.people import Role, TeamMember
from carebus.decisions import State

PRIMARY = Role.NURSE
"""Whose patient it is first of all, and who visits unless there is no free hour."""

KEPT = timedelta(days=1)


class Member(Value):
    """A clinician. `load` counts patients, `booked` the starts of coming visits in minutes since 1970 (UTC).

    `account` is what they act as when they have signed in: without one they see no patient's page.
    """

    clinician_id: UUID
    name: str
    role: Role
    capacity: Annotated[int, Field(ge=1)]
    account: UUID | None = None
    load: int = 0
    booked: tuple[int, ...] = ()

    @property
    def has_room(self) -> bool:
        """Whether one more patient can be looked after."""
        return self.load < self.capacity

    @property
    def share(self) -> tuple[Fraction, int, str]:
        """How loaded this clinician is, with ties settled: what the least loaded is found by."""
        return Fraction(self.load, self.capacity), self.load, str(self.clinician_id)

    def is_free(self, starts_at: datetime, minutes: int) -> bool:
        """Whether no other visit overlaps this one."""
        start = _minute(starts_at)
        return all(abs(start - other) >= minutes for other in self.booked)

    def booked_between(self, start: datetime, end: datetime) -> int:
        """How many visits start in [start, end)."""
        return sum(_minute(start) <= taken < _minute(end) for taken in self.booked)


class Roster(State):
    """Everyone who can be assigned. One for the clinic, in an order of its own."""

    LIVES_ON = Stream("roster/main")

    members: tuple[Member, ...] = ()

    def member(self, clinician_id: UUID) -> Member | None:
        """The clinician with this id."""
        return next((member for member in self.members if member.clinician_id == clinician_id), None)

    def lacking(self) -> tuple[Role, ...]:
        """The roles in which nobody has room."""
        with_room = {member.role for member in self.members if member.has_room}
        return tuple(role for role in Role if role not in with_room)

    def least_loaded(self) -> tuple[Member, ...]:
        """One of each role with room: the least loaded for their capacity. Ask only when no role is `lacking`."""
        return tuple(
            min((m for m in self.members if m.role is role and m.has_room), key=lambda member: member.share)
            for role in Role
        )

    def team(self, members: tuple[Member, ...]) -> tuple[TeamMember, ...]:
        """These clinicians as a care team."""
        return tuple(
            TeamMember(
                clinician_id=m.clinician_id, name=m.name, role=m.role, primary=m.role is PRIMARY, account=m.account
            )
            for m in members
        )

    def loaded(self, members: tuple[Member, ...]) -> "Roster":
        """The roster after each of these took on one more patient."""
        chosen = {member.clinician_id for member in members}
        return self.but(
            members=tuple(
                m.model_copy(update={"load": m.load + 1}) if m.clinician_id in chosen else m for m in self.members
            )
        )

    def booked(self, clinician_id: UUID, starts_at: datetime, now: datetime) -> "Roster":
        """The roster with this hour taken; hours long past are forgotten."""
        since = _minute(now - KEPT)
        return self._rebooked(
            clinician_id, lambda taken: tuple(sorted((*(at for at in taken if at >= since), _minute(starts_at))))
        )

    def freed(self, clinician_id: UUID, starts_at: datetime) -> "Roster":
        """The roster with this hour free again."""
        return self._rebooked(clinician_id, lambda taken: tuple(at for at in taken if at != _minute(starts_at)))

    def _rebooked(self, clinician_id: UUID, change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> "Roster":
        return self.but(
            members=tuple(
                m.model_copy(update={"booked": change(m.booked)}) if m.clinician_id == clinician_id else m
                for m in self.members
            )
        )


def _minute(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) // 60
