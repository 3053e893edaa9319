"""What arrived, kept as it arrived: written in the transaction of the command it led to, and found by its referral."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carebus.contracts.event import Stream
from carebus.storage.database import Connection

_KEEP = """
insert into arrived (hash, content_type, body, channel, sent_by, received_at) values ($1, $2, $3, $4, $5, $6)
on conflict (hash) do nothing
"""

_LEAD_TO = """
insert into arrived_as (referral_id, hash, placer_assigner, placer_id) values ($1, $2, $3, $4) on conflict do nothing
"""

_OF = """
select a.hash, a.content_type, a.body, a.channel, a.sent_by, a.received_at
from arrived_as as r join arrived as a using (hash) left join referral as f using (referral_id)
where r.referral_id = $1 order by a.hash is not distinct from f.raw_hash desc, a.received_at desc limit 1
"""

_PLACED = """
select wanted.n, found.referral_id from unnest($1::integer[], $2::text[], $3::text[]) as wanted (n, number, assigner)
cross join lateral (
    select distinct referral_id from arrived_as
    where placer_id = wanted.number and placer_id <> ''
      and (wanted.assigner is null or placer_assigner = wanted.assigner)
    order by referral_id limit 100
) as found
"""

_LOCK = """
select pg_advisory_xact_lock(key)
from (select distinct hashtextextended('number ' || name, 0) as key from unnest($1::text[]) as name order by 1) as keys
"""

_KNOWN = """
select wanted.n, known.stream from unnest($1::integer[], $2::text[], $3::text[], $4::text[])
    as wanted (n, assigner, number, hash)
cross join lateral (
    (select stream from referral where placer_assigner = wanted.assigner and placer_id = wanted.number
     and placer_id is not null order by received_at desc limit 1)
    union all
    (select stream from referral where raw_hash = wanted.hash or first_hash = wanted.hash limit 1)
    limit 1
) as known
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came from outside: its bytes, what kind they are, how and when they came, and who sent them."""

    body: bytes
    content_type: str
    channel: str
    sent_by: str
    received_at: datetime

    @property
    def hash(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Placed:
    """A referral by the number that its sender gave it."""

    referral_id: UUID
    assigner: str = ""
    number: str = ""


async def keep(db: Connection, arrived: Arrived, led_to: Placed) -> None:
    """Keep what arrived, once, and say which referral it led to."""
    kept = (arrived.hash, arrived.content_type, arrived.body, arrived.channel, arrived.sent_by, arrived.received_at)
    await db.execute(_KEEP, *kept)
    await db.execute(_LEAD_TO, led_to.referral_id, arrived.hash, led_to.assigner, led_to.number)


async def arrived_as(db: Connection, referral_id: UUID) -> Arrived | None:
    """What a referral was read from, if it came as a message of its own: the statement that stands, else the newest."""
    row = await db.fetchrow(_OF, referral_id)
    if row is None:
        return None
    return Arrived(bytes(row["body"]), row["content_type"], row["channel"], row["sent_by"], row["received_at"])


async def placed(db: Connection, numbers: Sequence[tuple[str, str | None]]) -> list[set[UUID]]:
    """The referrals to which senders gave each of these numbers; an assigner that is None may be any."""
    values, assigners = [number for number, _ in numbers], [assigner for _, assigner in numbers]
    rows = await db.fetch(_PLACED, list(range(len(numbers))), values, assigners)
    found: list[set[UUID]] = [set() for _ in numbers]
    for row in rows:
        found[row["n"]].add(row["referral_id"])
    return found


async def lock_numbers(db: Connection, numbers: Sequence[str]) -> None:
    """Let nobody else look whether these numbers are there, in order to create, before this transaction ends."""
    await db.execute(_LOCK, list(numbers))


async def streams_known(db: Connection, came: Sequence[tuple[tuple[str, str] | None, str]]) -> dict[int, Stream]:
    """Of referrals by number (with its assigner) and hash: the streams of those that came before, by their place."""
    numbers = [placer or (None, None) for placer, _ in came]
    rows = await db.fetch(
        _KNOWN,
        list(range(len(came))),
        [assigner for assigner, _ in numbers],
        [number for _, number in numbers],
        [raw_hash for _, raw_hash in came],
    )
    return {row["n"]: Stream(row["stream"]) for row in rows}
