"""Whom statements may be about: every referral's person as normalised traits, found by keys, for many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from carebus.contracts.event import Stream, subject_id
from carebus.storage.database import Connection
from services.referral.domain import Intake
from services.referral.domain.matching import Known, Placement, Traits, place
from services.referral.domain.matching.blocking import BLOCK, VERSION, keys, proving
from services.referral.store.columns import Columns

_TRAITS = {field.name: "boolean" if field.name == "deceased" else "text" for field in fields(Traits)}
_NAMES = ", ".join(_TRAITS)
_PERSON = Columns(referral_id="uuid", patient_id="uuid", **_TRAITS, keys="text", made_by="smallint")

_KEPT = f"select referral_id, patient_id, {_NAMES}, keys, made_by from person where referral_id = any($1::uuid[])"

_SAVE = f"""
insert into person ({_PERSON.names})
select referral_id, patient_id, {_NAMES}, string_to_array(keys, ' ')::bigint[], made_by
from {_PERSON.rows()}
on conflict (referral_id) do update set {_PERSON.updated(but="referral_id")}
"""
# Keys travel as one text each, because unnest would flatten an array of arrays.

_ADD_KEYS = """
insert into person_key (key, referral_id) select * from unnest($1::bigint[], $2::uuid[]) on conflict do nothing
"""
_TO_CHECK = """
insert into person_unchecked (referral_id) select * from unnest($1::uuid[])
on conflict (referral_id) do update set n = excluded.n
"""
_UNCHECKED = f"""
select u.referral_id, u.n, p.patient_id, m.survivor_id, {_NAMES}
from person_unchecked as u join person as p using (referral_id) left join merged as m on m.retired_id = p.patient_id
order by u.n limit $1
"""
_STILL_UNCHECKED = """
select distinct p.patient_id from person_unchecked join person as p using (referral_id)
where p.patient_id = any($1::uuid[])
"""
_CHECKED = """
delete from person_unchecked as u using unnest($1::uuid[], $2::bigint[]) as done (referral_id, n)
where u.referral_id = done.referral_id and u.n = done.n
"""
_DROP_KEYS = """
delete from person_key as k using unnest($1::bigint[], $2::uuid[]) as gone (key, referral_id)
where k.key = gone.key and k.referral_id = gone.referral_id
"""

_POPULATION = "select greatest(reltuples, 1000)::integer from pg_class where oid = 'person'::regclass"
# As of the last vacuum: near enough for a logarithm, and no count.

# A block is read up to one more than may be looked at: where that one is found, the block says nothing.
CANDIDATES = f"""
with hit as materialized (
    select wanted.n, wanted.key, block.referral_id, count(*) over (partition by wanted.n, wanted.key) as many
    from unnest($1::integer[], $2::bigint[]) as wanted (n, key)
    cross join lateral (select referral_id from person_key as k where k.key = wanted.key limit {BLOCK + 1}) as block
)
select found.n, ({_POPULATION}) as population, null::bigint as full_key,
       coalesce(m.survivor_id, p.patient_id) as patient_id, {_NAMES}
from (select distinct n, referral_id from hit where many <= {BLOCK}) as found
join person as p using (referral_id) left join merged as m on m.retired_id = p.patient_id
union all
select distinct n, ({_POPULATION}), key, null::uuid, {", ".join(f"null::{kind}" for kind in _TRAITS.values())}
from hit where many > {BLOCK}
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Who a statement may be about. `proven`: everybody who might certainly be the same person is among them."""

    known: list[Known]
    population: int
    proven: bool


async def candidates(db: Connection, stated: Sequence[Traits]) -> list[Found]:
    """Everybody whom these statements may be about, in one query for all of them."""
    wanted = [(n, key) for n, traits in enumerate(stated) for key in keys(traits)]
    rows = await db.fetch(CANDIDATES, [n for n, _ in wanted], [key for _, key in wanted])
    known: list[list[Known]] = [[] for _ in stated]
    full: list[set[int]] = [set() for _ in stated]
    for row in rows:
        if row["full_key"] is None:
            known[row["n"]].append(Known(row["patient_id"], _traits(row)))
        else:
            full[row["n"]].add(row["full_key"])
    population = rows[0]["population"] if rows else 1
    return [
        Found(of, population, full[n].isdisjoint(proving(traits)))
        for n, (of, traits) in enumerate(zip(known, stated, strict=True))
    ]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A statement that was kept and not yet compared with everybody who was kept since; `n` is of this change."""

    referral_id: UUID
    n: int
    patient_id: UUID
    survivor_id: UUID | None
    traits: Traits


async def placements(
    db: Connection, stated: Sequence[Traits], apart_from: Sequence[frozenset[UUID]] = ()
) -> list[Placement]:
    """Where these statements belong; `apart_from` says for each which patients are not asked about."""
    found, without = await candidates(db, stated), apart_from or [frozenset()] * len(stated)
    return [
        place(traits, [each for each in of.known if each.patient_id not in others], of.population, proven=of.proven)
        for traits, of, others in zip(stated, found, without, strict=True)
    ]


async def unchecked(db: Connection, limit: int) -> list[Unchecked]:
    """Statements to be compared with everybody again, oldest first."""
    return [
        Unchecked(row["referral_id"], row["n"], row["patient_id"], row["survivor_id"], _traits(row))
        for row in await db.fetch(_UNCHECKED, limit)
    ]


async def still_unchecked(db: Connection, patients: Sequence[UUID]) -> set[UUID]:
    """Those of these patients who are to be compared with everybody themselves."""
    rows = await db.fetch(_STILL_UNCHECKED, list(patients))
    return {UUID(str(row["patient_id"])) for row in rows}


async def checked(db: Connection, done: Sequence[Unchecked]) -> None:
    """These were compared with everybody, as they were then."""
    await db.execute(_CHECKED, [each.referral_id for each in done], [each.n for each in done])


async def population(db: Connection) -> int:
    """How many statements there are, roughly."""
    return int(await db.fetchval(_POPULATION) or 1)


async def save_persons(db: Connection, intakes: Mapping[Stream, Intake]) -> None:
    """Keep what these patients' referrals state, and how it is found; what is kept already is left alone."""
    stated = {
        each.referral_id: (UUID(subject_id(stream)), _stated(each))
        for stream, intake in intakes.items()
        for each in intake.referrals
    }
    kept = {row["referral_id"]: row for row in await db.fetch(_KEPT, list(stated))}
    new = {of for of, (_, traits) in stated.items() if of not in kept or _traits(kept[of]) != traits}
    made_again = {of for of, row in kept.items() if row["made_by"] != VERSION}
    if written := new | made_again:
        await _drop_keys(db, [kept[of] for of in written if of in kept])
        await write(db, {of: stated[of] for of in written})
        await db.execute(_TO_CHECK, list(new))


async def write(db: Connection, stated: Mapping[UUID, tuple[UUID, Traits]]) -> None:
    """Keep these statements, by their referral, with their patient."""
    found = {referral_id: keys(traits) for referral_id, (_, traits) in stated.items()}
    rows = [
        {
            "referral_id": referral_id,
            "patient_id": patient_id,
            "keys": " ".join(map(str, found[referral_id])),
            "made_by": VERSION,
            **{name: getattr(traits, name) for name in _TRAITS},
        }
        for referral_id, (patient_id, traits) in stated.items()
    ]
    await db.execute(_SAVE, *_PERSON.values(rows))
    pairs = [(key, referral_id) for referral_id, of in found.items() for key in of]
    await db.execute(_ADD_KEYS, [key for key, _ in pairs], [referral_id for _, referral_id in pairs])


async def _drop_keys(db: Connection, rows: Sequence[Any]) -> None:
    gone = [(key, row["referral_id"]) for row in rows for key in row["keys"]]
    if gone:
        await db.execute(_DROP_KEYS, [key for key, _ in gone], [referral_id for _, referral_id in gone])


def _stated(referral: Any) -> Traits:
    received = referral.received
    return Traits.of(received.patient, received.payer, received.died_on)


def _traits(row: Any) -> Traits:
    return Traits(**{name: row[name] for name in _TRAITS})
