"""Who did and saw what: rows of ids only, sealed by each service into a chain of its own and told batch by batch.

Every service tells it of itself, on the stream `audit/<its name>`. With this module and the topic anyone can check a
chain: each row's hash covers the row and the hash of the row before it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, NamedTuple
from uuid import UUID

from carebus.contracts.event import Event, Subject, Value
from carebus.contracts.phi import Phi

MOST_PATIENTS = 500
"""So many patients does one row name; a list of more is several rows."""

DONE = "done"
"""The outcome of what was not refused."""


class AuditKind(StrEnum):
    """What was done."""

    COMMAND = "command"
    READ = "read"
    DENIAL = "denial"
    EXPORT = "export"
    DISCLOSURE = "disclosure"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"


class AuditRow(Value):
    """One thing that somebody did, saw or was refused. It holds ids and codes, never a name.

    at: real time; clinic_at: the clinic's.  who: an opaque account, or what kind of stranger.  name: of the command, or
    the route as the service declares it.  patients: whom it was about, or who stood in the list that was shown.
    emergency_reason: what somebody wrote who asked for emergency access.  from_address: in the network, perhaps of a
    family's home.  outcome: `done`, or the code of the refusal.
    """

    id: UUID
    at: datetime
    clinic_at: datetime
    who: str
    role: str
    kind: AuditKind
    name: str
    patients: tuple[UUID, ...] = ()
    session: UUID | None = None
    client: str = ""
    emergency_reason: Annotated[str, Phi.TEXT] = ""
    from_address: Annotated[str, Phi.NUMBER] = ""
    correlation_id: UUID | None = None
    outcome: str = DONE


class AuditEvent(Event):
    """A fact about one service's record of who did and saw what, which that service tells."""

    SUBJECT: ClassVar[Subject] = Subject("audit", "audit.events")
    OF_EVERY_SERVICE: ClassVar[bool] = True


class AuditSealed(AuditEvent):
    """A service has sealed what was done and seen in it: the next rows of its chain.

    batch counts from 1.  first: the number of the first row in the chain, also from 1.  previous: the hash of the row
    before it.  head: the hash of the last row.
    """

    batch: int
    first: int
    previous: str
    head: str
    rows: tuple[AuditRow, ...]


def beginning_of(service: str) -> str:
    """The hash before a service's first row: so no chain can pass for another's."""
    return hashlib.sha256(f"carebus audit {service}".encode()).hexdigest()


def content_of(row: AuditRow) -> str:
    """A row as its hash covers it: JSON with sorted names, without what has its default.

    So it is the same to a release that knows more fields.
    """
    said = row.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def hash_of(previous: str, number: int, content: str) -> str:
    """The hash of a row with this number and content after the row with the hash `previous`."""
    return hashlib.sha256(f"{previous}\n{number}\n{content}".encode()).hexdigest()


class SealedRow(NamedTuple):
    """A row as it stands in a chain."""

    number: int
    batch: int
    previous: str
    hash: str
    content: str


def rows_of(sealed: AuditSealed) -> list[SealedRow]:
    """The links that a batch says it is made of, by its rows: the last one's hash should be its head."""
    previous, links = sealed.previous, list[SealedRow]()
    for number, row in enumerate(sealed.rows, sealed.first):
        content = content_of(row)
        links.append(SealedRow(number, sealed.batch, previous, hash_of(previous, number, content), content))
        previous = links[-1].hash
    return links


class ChainFault(NamedTuple):
    """Where a chain is not whole, and how: a code and the number of the row, or of the batch, at which it shows."""

    what: str
    at: int


@dataclass(slots=True)
class ChainWalk:
    """A chain walked from its beginning. After each fault it goes on by what the next row says: one change, one fault.

    heads: of each batch the hash of its last row.
    """

    service: str
    number: int = 0
    head: str = ""
    heads: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.head = self.head or beginning_of(self.service)

    def past(self, links: Iterable[SealedRow]) -> Iterator[ChainFault]:
        """The faults of these links, which come after those before."""
        for link in links:
            if link.number != self.number + 1:
                yield ChainFault("rows_missing", self.number + 1)
            elif link.previous != self.head:
                yield ChainFault("not_the_next_row", link.number)
            if hash_of(link.previous, link.number, link.content) != link.hash:
                yield ChainFault("row_changed", link.number)
            self.number, self.head = link.number, link.hash
            self.heads[link.batch] = link.hash

    def against(self, witness: dict[int, str]) -> Iterator[ChainFault]:
        """How the chain differs from what somebody else knows of it: of each batch its head.

        Batches after the last that the witness knows may not have reached it yet.
        """
        for batch, head in sorted(witness.items()):
            if batch not in self.heads:
                yield ChainFault("batch_missing", batch)
            elif self.heads[batch] != head:
                yield ChainFault("rewritten", batch)
        last = max(witness, default=0)
        for batch in sorted(self.heads):
            if batch < last and batch not in witness:
                yield ChainFault("batch_not_witnessed", batch)
