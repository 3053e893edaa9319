"""The SQL of the notifications service: whom to tell, mail as rows, what is due, and what the pages list."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.relations import EVERYBODY, Own, of_own
from carebus.storage.states import Documents, document, tables
from carebus.web.waiting import Stands
from services.notifications.domain import Family, Message, ReferrerLetter, Referrers
from services.notifications.store.letters import ALIKE, LETTERS, NOT_ON_HOLD, OutsideLetter

Mail = Message | OutsideLetter
"""Whatever goes out by mail."""

KINDS: dict[str, type[Mail]] = {"family": Message} | {kind: read for kind, (_, read) in LETTERS.items()}

_SAVE_MESSAGES = """
insert into dispatch (notification_id, stream, status, topic, requested_at, doc)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::jsonb[])
on conflict (notification_id) do update set status = excluded.status, doc = excluded.doc
where dispatch.doc is distinct from excluded.doc
"""

_SAVE_LETTERS = """
insert into letter (notification_id, stream, status, requested_at, doc, address_digest, proven)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[], $6::bytea[], $7::boolean[])
on conflict (notification_id) do update set status = excluded.status, doc = excluded.doc
where letter.doc is distinct from excluded.doc
"""

MOST_UNPROVEN = 3
"""So many letters a day may others have sent to an address that nobody has proven."""
_LET_OUT = """
update letter set goes_on = coalesce(goes_on, $2) where notification_id = $1 and (
    goes_on is not null
    or exists (select from letter as known where known.address_digest = letter.address_digest and known.proven)
    or (select count(*) from letter as its where its.address_digest = letter.address_digest and its.goes_on = $2) < $3
) returning true
"""

_SAVE_WITHHELD = """
insert into withheld (stream, topic, reason, decided_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
on conflict do nothing
"""

_letters_due = "\n".join(
    f"""
    union all
    (select l.stream, '{kind}', l.doc::text, l.queued_at, coalesce(a.attempts, 0),
            coalesce(a.next_try_at, l.queued_at) as at
     from {table} as l left join attempt as a using (notification_id) left join family as f using (stream)
     where l.status = 'queued' and coalesce(a.next_try_at, l.queued_at) <= clock_timestamp()
       and {NOT_ON_HOLD.get(kind, "true")} order by at limit $1)"""
    for kind, (table, _) in LETTERS.items()
)
_DUE = f"""
select stream, kind, doc, attempts, extract(epoch from clock_timestamp() - queued_at)::float8 as waited_seconds from (
    (select d.stream, 'family' as kind, d.doc::text as doc, d.queued_at, coalesce(a.attempts, 0) as attempts,
            coalesce(a.next_try_at, d.queued_at) as at
     from dispatch as d left join attempt as a using (notification_id) left join family as f using (stream)
     where d.status = 'queued' and coalesce(a.next_try_at, d.queued_at) <= clock_timestamp()
       and f.doc ->> 'held' is distinct from 'true' and f.doc ->> 'on_hold' is distinct from 'true'
     order by at limit $1)
    {_letters_due}
) as due order by kind = 'page' desc, at limit $1
"""

_TRY_LATER = """
insert into attempt (notification_id, attempts, next_try_at)
select id, attempts, clock_timestamp() + make_interval(secs => seconds)
from unnest($1::uuid[], $2::integer[], $3::float8[]) as later (id, attempts, seconds)
on conflict (notification_id) do update set attempts = excluded.attempts, next_try_at = excluded.next_try_at
"""

_PATIENT = "split_part({}.stream, '/', 2)::uuid"
_LISTED = f"""
select * from (
    (select d.stream, d.requested_at as at, d.status, d.topic, d.doc::text as doc, a.attempts,
            case when d.status = 'queued' and f.doc ->> 'held' = 'true' then 'merged'
                 when d.status = 'queued' and f.doc ->> 'on_hold' = 'true' then 'on_hold' end as reason
     from dispatch as d left join attempt as a using (notification_id) left join family as f using (stream)
     where ($1::text is null or d.stream = $1) and ($2::text is null or d.status = $2)
       and {of_own(_PATIENT.format("d"), 4)}
     order by d.requested_at desc, d.notification_id limit $3)
    union all
    (select stream, decided_at, 'suppressed', topic, null, null, reason from withheld
     where ($1::text is null or stream = $1) and ($2::text is null or $2 = 'suppressed')
       and {of_own(_PATIENT.format("withheld"), 4)}
     order by decided_at desc limit $3)
) as listed order by at desc limit $3
"""

_COUNTS = f"""
select status, count(*) as many from dispatch
where {of_own(_PATIENT.format("dispatch"), 2)} and ($1::text is null or stream = $1) group by status
union all select 'suppressed', count(*) from withheld
where {of_own(_PATIENT.format("withheld"), 2)} and ($1::text is null or stream = $1)
"""
_WAITING = """
select count(*) as many, coalesce(extract(epoch from clock_timestamp() - min(queued_at)), 0)::float8 as age
from dispatch where status = 'queued'
"""

_LISTED_LETTERS = """
select l.stream, l.doc::text as doc, a.attempts from letter as l left join attempt as a using (notification_id)
where $1::text is null or l.stream = $1 order by l.requested_at desc, l.notification_id limit $2
"""

_COUNTED_LETTERS = "select status, count(*) as many from letter group by status"


@dataclass(frozen=True, slots=True)
class Due:
    """Mail that may be tried now; with the tries made before and the real time since it was queued."""

    stream: Stream
    message: Mail
    attempts: int
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class Later:
    """A message whose try failed, to be tried again after `seconds` of real time."""

    notification_id: UUID
    attempts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list: a message, or what was withheld."""

    stream: Stream
    at: datetime
    status: str
    topic: str
    message: Message | None
    attempts: int
    reason: str | None


async def save_rows(db: Connection, families: Mapping[Stream, Family]) -> None:
    """Keep messages and what was withheld as rows."""
    messages = [(stream, message) for stream, family in families.items() for message in family.messages]
    if messages:
        await db.execute(
            _SAVE_MESSAGES,
            [m.notification_id for _, m in messages],
            [stream for stream, _ in messages],
            [m.status for _, m in messages],
            [m.topic for _, m in messages],
            [m.requested_at for _, m in messages],
            [document(m) for _, m in messages],
        )
    withheld = [(stream, w) for stream, family in families.items() for w in family.withheld]
    if withheld:
        await db.execute(
            _SAVE_WITHHELD,
            [stream for stream, _ in withheld],
            [w.topic for _, w in withheld],
            [w.reason for _, w in withheld],
            [w.decided_at for _, w in withheld],
        )


async def save_letters(db: Connection, referrers: Mapping[Stream, Referrers]) -> None:
    """Keep letters to referrers as rows."""
    letters = [(stream, letter) for stream, one in referrers.items() for letter in one.letters]
    if letters:
        await db.execute(
            _SAVE_LETTERS,
            [letter.notification_id for _, letter in letters],
            [stream for stream, _ in letters],
            [letter.status for _, letter in letters],
            [letter.requested_at for _, letter in letters],
            [document(letter) for _, letter in letters],
            [digest_of(letter.recipient.address) for _, letter in letters],
            [letter.address_proven for _, letter in letters],
        )


_FAMILY = Documents("family", Family, rows=save_rows)
STATES = tables(_FAMILY, Documents("referrers", Referrers, rows=save_letters), *ALIKE)


async def family_of(db: Connection, stream: Stream) -> Family | None:
    """Whom the family of one patient wants told; None where nothing was heard of the patient."""
    return await _FAMILY.one(db, stream)


async def due(db: Connection, limit: int) -> list[Due]:
    """Messages whose turn it is, those that wait longest first."""
    return [
        Due(
            stream=Stream(row["stream"]),
            message=KINDS[row["kind"]].model_validate_json(row["doc"]),
            attempts=row["attempts"],
            waited_seconds=row["waited_seconds"],
        )
        for row in await db.fetch(_DUE, limit)
    ]


async def too_many(db: Connection, due: Sequence[Due], day: date) -> list[Due]:
    """Letters of today to unproven addresses that had their number; all others are let out, each counted once."""
    unproven = [one for one in due if isinstance(one.message, ReferrerLetter) and not one.message.address_proven]
    return [one for one in unproven if not await db.fetchval(_LET_OUT, one.message.notification_id, day, MOST_UNPROVEN)]


def digest_of(address: str) -> bytes:
    """What letters to one address are counted by."""
    return hashlib.sha256(address.strip().casefold().encode()).digest()


async def waiting(db: Connection, _: datetime) -> Stands:
    """How many messages wait to be handed over, and since when the first does (real time)."""
    row = await db.fetchrow(_WAITING)
    return Stands(row["many"], row["age"]) if row else Stands()


async def try_later(db: Connection, later: Sequence[Later]) -> None:
    """Remember which tries failed and when to try again."""
    if later:
        await db.execute(
            _TRY_LATER,
            [one.notification_id for one in later],
            [one.attempts for one in later],
            [one.seconds for one in later],
        )


async def forget_attempts(db: Connection, settled: Sequence[UUID]) -> None:
    """These messages are settled: how often they were tried is told by their events."""
    await db.execute("delete from attempt where notification_id = any($1::uuid[])", list(settled))


async def listed(
    db: Connection,
    *,
    stream: Stream | None = None,
    status: str | None = None,
    limit: int = 100,
    seen_by: Own | None = None,
) -> list[Listed]:
    """Messages and what was withheld, newest first: of all, or about somebody's own patients."""
    return [_listed(row) for row in await db.fetch(_LISTED, stream, status, limit, *(seen_by or EVERYBODY))]


def _listed(row: Any) -> Listed:
    message = Message.model_validate_json(row["doc"]) if row["doc"] else None
    return Listed(
        stream=Stream(row["stream"]),
        at=row["at"],
        status=row["status"],
        topic=row["topic"],
        message=message,
        attempts=(message.attempts if message else 0) or row["attempts"] or 0,
        reason=row["reason"] or (message.failure if message else None),
    )


async def counts(db: Connection, seen_by: Own | None = None, stream: Stream | None = None) -> dict[str, int]:
    """How many messages (about somebody's own patients, or one of them) stand how, and what was withheld how often."""
    found = {"queued": 0, "sent": 0, "failed": 0, "withdrawn": 0, "suppressed": 0}
    return found | {row["status"]: row["many"] for row in await db.fetch(_COUNTS, stream, *(seen_by or EVERYBODY))}


async def letters(
    db: Connection, stream: Stream | None = None, limit: int = 100
) -> list[tuple[Stream, ReferrerLetter, int]]:
    """Letters to referrers, newest first, each with whom it is about and how often it was tried."""
    rows = await db.fetch(_LISTED_LETTERS, stream, limit)
    found = [(row["stream"], ReferrerLetter.model_validate_json(row["doc"]), row["attempts"] or 0) for row in rows]
    return [(Stream(stream), letter, letter.attempts or tried) for stream, letter, tried in found]


async def letter_counts(db: Connection) -> dict[str, int]:
    """How many letters to referrers stand how."""
    found = {"queued": 0, "sent": 0, "failed": 0, "withdrawn": 0}
    return found | {row["status"]: row["many"] for row in await db.fetch(_COUNTED_LETTERS)}
