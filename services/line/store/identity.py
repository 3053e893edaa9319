"""By what patients are known, and who may be meant by what a hospital says of somebody."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.event import Stream, subject_id
from carebus.storage.database import Connection
from carebus.storage.states import Documents, read_document
from services.line.domain.hospital.keys import Keys
from services.line.domain.hospital.record import Identity

MOST_CANDIDATES = 50
"""So many people are compared with a message: more of one birth date and name tell a person nothing."""
_SAVE = """
insert into person_key (patient_id, birth_date, families, givens, reached_by, hospital_numbers, merged_into)
select patient_id, birth_date, families, givens, reached_by, hospital_numbers, merged_into
from jsonb_populate_recordset(null::person_key, $1::jsonb)
on conflict (patient_id) do update set
    birth_date = excluded.birth_date, families = excluded.families, givens = excluded.givens,
    reached_by = excluded.reached_by, hospital_numbers = excluded.hospital_numbers,
    merged_into = excluded.merged_into, changed_at = clock_timestamp()
"""
MEANT = """(
    {person}.hospital_numbers && {stated}.hospital_numbers
    or ({person}.birth_date = {stated}.birth_date and ({person}.families && {stated}.families
        or {person}.givens && {stated}.givens or {person}.reached_by && {stated}.reached_by))
    or ({person}.reached_by && {stated}.reached_by and {person}.families && {stated}.families)
)"""
"""Who may be meant at all: the domain grades them."""
_MEANT_BY = f"""
with stated as materialized (
    select * from jsonb_to_recordset($1::jsonb) as s (
        n integer, hospital_numbers text[], birth_date date, families text[], givens text[], reached_by text[]
    )
)
select s.n, coalesce(f.merged_into, f.patient_id) as patient_id, i.doc::text as doc
from stated as s cross join lateral (
    (select p.* from person_key as p where p.hospital_numbers && s.hospital_numbers limit {MOST_CANDIDATES})
    union
    (select p.* from person_key as p where p.birth_date = s.birth_date
       and (p.families && s.families or p.givens && s.givens or p.reached_by && s.reached_by) limit {MOST_CANDIDATES})
    union
    (select p.* from person_key as p
     where p.reached_by && s.reached_by and p.families && s.families limit {MOST_CANDIDATES})
) as f join identity as i on i.stream = 'patient/' || f.patient_id
"""


async def save_keys(db: Connection, states: Mapping[Stream, Identity]) -> None:
    """By what these patients are looked for."""
    rows = [_row(UUID(subject_id(stream)), identity) for stream, identity in states.items()]
    if rows:
        await db.execute(_SAVE, orjson.dumps(rows).decode())


IDENTITIES = Documents("identity", Identity, rows=save_keys)


async def meant_by(db: Connection, stated: Sequence[Keys]) -> list[dict[UUID, list[Keys]]]:
    """For each of these who may be meant, with what each is known by.

    What a merged record is known by counts for the one that goes on.
    """
    asked = [{"n": n, **_looked_for(keys)} for n, keys in enumerate(stated)]
    found: list[dict[UUID, list[Keys]]] = [{} for _ in stated]
    for row in await db.fetch(_MEANT_BY, orjson.dumps(asked).decode()):
        known = read_document(Identity, row["doc"]).all_keys
        found[row["n"]].setdefault(row["patient_id"], []).append(known)
    return found


def reached_by(keys: Keys) -> list[str]:
    """Phones, member numbers and homes in one list, each named, so that one index finds them."""
    home = [f"home {keys.street} {keys.postal_code}"] if keys.street and keys.postal_code else []
    named: Sequence[str] = [*(f"phone {one}" for one in keys.phones), *(f"member {one}" for one in keys.member_numbers)]
    return [*named, *home]


def _row(patient_id: UUID, identity: Identity) -> dict[str, Any]:
    looked_for = _looked_for(identity.all_keys)
    return {"patient_id": patient_id, **looked_for, "merged_into": identity.merged_into}


def _looked_for(keys: Keys) -> dict[str, Any]:
    return {
        "birth_date": keys.birth_date,
        "families": keys.families,
        "givens": keys.givens,
        "reached_by": reached_by(keys),
        "hospital_numbers": keys.hospital_numbers,
    }
