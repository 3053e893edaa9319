"""Holds an answer back until a row of the audit says whom it shows, and to whom."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from uuid import UUID

import asyncpg
from starlette.types import Message, Scope, Send

from carebus.contracts.audit import AuditKind
from carebus.deciding.auditing import Audit
from carebus.storage.database import DatabaseAway
from carebus.web.http import asking_by, route_of

READS = {"GET", "HEAD"}
"""What is asked to see something: whoever does something has a command's row, and its answer names no other patient."""

SHOWING = {*range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES), HTTPStatus.NOT_MODIFIED}
"""Answers that show whom the address names; to whom nothing has changed, the page of before is shown."""


class Seeing:
    """One answer. `unwritten`: why it may not be given, where the row could not be written; nothing of it was sent."""

    def __init__(self, audit: Audit, scope: Scope, send: Send) -> None:
        self._audit = audit
        self._scope = scope
        self._send = send
        self.unwritten: DatabaseAway | None = None

    async def send(self, message: Message) -> None:
        """Send a part of the answer; the first one only after the row is committed."""
        if message["type"] == "http.response.start":
            await self._write(message["status"])
        if self.unwritten is None:
            await self._send(message)

    async def _write(self, status: int) -> None:
        try:
            for kind, patients in self._shown(status).items():
                await self._audit.seen(asking_by(self._scope), route_of(self._scope), patients, kind)
        except DatabaseAway as why:
            self.unwritten = why
        except asyncpg.PostgresError:
            self.unwritten = DatabaseAway()

    def _shown(self, status: int) -> Mapping[AuditKind, Sequence[UUID]]:
        """Whom the answer shows: the one in the address of a page, or those that the handler named.

        These whatever the answer is: a page with a form that was refused shows them, too.
        """
        found: dict[AuditKind, list[UUID]] = dict(self._scope.get("carebus.saw", {}))
        named = self._scope.get("carebus.subject", ()) if self._scope["method"] in READS else ()
        if named and status in SHOWING and not any(found.values()):
            found[AuditKind.READ] = list(named)
        return {kind: patients for kind, patients in found.items() if patients}
