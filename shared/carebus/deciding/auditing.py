"""Writes who did and saw what: a command's row in its transaction, all others in one of theirs before the answer."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from carebus.access import Caller
from carebus.contracts.audit import DONE, MOST_PATIENTS, AuditKind, AuditRow, content_of
from carebus.contracts.event import Stream, Subject, subject_id
from carebus.core import Core
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.notices import Made
from carebus.storage import audit
from carebus.storage.database import Connection

SEEN_AGAIN = timedelta(minutes=15)
"""Who sees the same patients again within this time is written once."""
REFUSED_AGAIN = timedelta(minutes=1)
"""Who is refused the same again within this time is written once."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, from where (a network address) and as part of what; why, where somebody had to say so."""

    caller: Caller
    correlation_id: UUID | None = None
    from_address: str = ""
    emergency_reason: str = ""


class Audit:
    """One per service. What a service does of its own accord is not written, nor what it does on hearing an event."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def keep_commands(self, db: Connection, asking: Asking, done: Iterable[tuple[str, Stream, str]]) -> bool:
        """Keep that these commands (name, stream and outcome) were done, or denied, in the caller's transaction.

        Tells whether anything was kept.
        """
        if asking.caller.own_work:
            return False
        kinds = {DONE: AuditKind.COMMAND}
        rows = [
            self._row(asking, kinds.get(outcome, AuditKind.DENIAL), name, _about(stream), outcome)
            for name, stream, outcome in done
        ]
        await audit.keep(db, [content_of(row) for row in rows])
        return bool(rows)

    async def seen(self, asking: Asking, name: str, patients: Sequence[UUID], kind: AuditKind = AuditKind.READ) -> None:
        """Write that somebody is about to see these patients. Reads of the same within SEEN_AGAIN are one.

        Raises what the database does: then nothing may be shown.
        """
        rows = [self._row(asking, kind, name, part) for part in _parts(patients)]
        what = ("seen", kind.value, *map(str, sorted(set(patients))))
        await self._write(rows, asking, what, _again(asking, kind))

    async def denied(self, asking: Asking, name: str, why: CarebusError, patients: Sequence[UUID] = ()) -> None:
        """Write that somebody was refused something: once within REFUSED_AGAIN. Raises what the database does."""
        row = self._row(asking, AuditKind.DENIAL, name, patients, why.code)
        await self._write([row], asking, ("denied", name, why.code, *map(str, patients)), REFUSED_AGAIN)

    async def denied_command(self, asking: Asking, name: str, why: CarebusError, stream: Stream) -> None:
        """The same for a command, whose own transaction was undone. Raises what the database does."""
        await self.denied(asking, name, why, _about(stream))

    async def signed(self, db: Connection, asking: Asking, kind: AuditKind) -> None:
        """Keep that somebody signed in or out, in the caller's transaction."""
        if asking.caller.signed_in:
            await audit.keep(db, [content_of(self._row(asking, kind, kind.value, ()))])
            self._core.notices.audited.give()

    async def _write(
        self, rows: Sequence[AuditRow], asking: Asking, what: tuple[str, ...], within: timedelta | None
    ) -> None:
        contents = [content_of(row) for row in rows]
        async with self._core.database.connection() as db:
            if within is None:
                await audit.keep(db, contents)
            elif not await audit.keep_if_new(db, contents, _digest(asking, what), within):
                return
        self._core.committed(Made(audited=True))

    def _row(
        self, asking: Asking, kind: AuditKind, name: str, patients: Sequence[UUID], outcome: str = DONE
    ) -> AuditRow:
        caller = asking.caller
        return AuditRow(
            id=new_id(),
            at=datetime.now(UTC),
            clinic_at=self._core.clock.now(),
            who=caller.actor,
            role=caller.role,
            kind=kind,
            name=name,
            patients=tuple(patients),
            session=caller.session,
            client=caller.client,
            emergency_reason=asking.emergency_reason,
            from_address=asking.from_address,
            correlation_id=asking.correlation_id,
            outcome=outcome,
        )


def _again(asking: Asking, kind: AuditKind) -> timedelta | None:
    """How long the same is written once: a page that refreshes itself shows nothing new."""
    of_a_page = kind is AuditKind.READ or (kind is AuditKind.DISCLOSURE and asking.caller.session is not None)
    return SEEN_AGAIN if of_a_page else None


def _about(stream: Stream) -> tuple[UUID, ...]:
    """The patient whose journal a command was about; none for a roster and the like."""
    if not stream.startswith(f"{Subject.PATIENT.label}/"):
        return ()
    return (UUID(subject_id(stream)),)


def _parts(patients: Sequence[UUID]) -> list[tuple[UUID, ...]]:
    """Whom a row each names, in the same order for the same people."""
    ordered = sorted(set(patients))
    return [tuple(ordered[n : n + MOST_PATIENTS]) for n in range(0, len(ordered), MOST_PATIENTS)]


def _digest(asking: Asking, what: tuple[str, ...]) -> bytes:
    """What stands for somebody (a session, else an account, else an address) and something; nothing is read from it."""
    caller = asking.caller
    who = str(caller.session or caller.account or f"{caller.actor} {asking.from_address}")
    return hashlib.sha256("\n".join((who, *what)).encode()).digest()
