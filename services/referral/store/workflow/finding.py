"""Finds referrals by what somebody types: PostgreSQL fetches by pieces of words, typing errors rank what it fetched."""

import re
from typing import Any
from uuid import UUID

from carebus.storage.database import Connection
from carebus.storage.relations import EVERYBODY, Own, of_own
from services.referral.domain.workflow.finding import Sought, distance
from services.referral.store.workflow.referrals import Row, read

MOST_FETCHED = 500
"""A name of which more are known needs a birth date or more letters beside it."""
ALIKE_FROM = 6
"""Letters that a word needs for its pieces to be alike in spite of an error; shorter ones are spelled out."""
ALIKE = 0.4
"""How much of a word's pieces have to be found in a name, of pg_trgm's `word_similarity`."""

_NAMES = "(' ' || p.given || ' ' || p.family || ' ' || p.former || ' ')"
_OF_OWN = of_own("r.patient_id", 1)
_FOUND = """
select r.*, p.given, p.family, p.former from person as p join referral as r using (referral_id) where {} limit {}
"""
_BY_REFERENCE = f"select r.* from referral as r where reference = $1 and {of_own('r.patient_id', 2)} limit 20"
_OF_PATIENT = f"""
select r.* from person as p join referral as r using (referral_id)
where p.patient_id = $1 and {of_own("r.patient_id", 3)}
order by r.open desc, r.received_at desc, r.referral_id limit $2
"""
_OF_ORGANIZATION = "select r.* from referral as r where {} order by r.open desc, r.next_due, r.referral_id limit {}"


async def by_reference(db: Connection, number: str, seen_by: Own | None = None) -> list[Row]:
    """The referrals with this reference number: one, or hardly ever two; of somebody's own patients, if they say."""
    return [read(row) for row in await db.fetch(_BY_REFERENCE, number, *(seen_by or EVERYBODY))]


async def of_patient(db: Connection, patient_id: UUID, limit: int, seen_by: Own | None = None) -> list[Row]:
    """The referrals of one record, those that are open first."""
    return [read(row) for row in await db.fetch(_OF_PATIENT, patient_id, limit, *(seen_by or EVERYBODY))]


async def find(db: Connection, sought: Sought, limit: int, seen_by: Own | None = None) -> list[Row]:
    """Referrals that fit, those without a typing error first, then those that are open; none when nothing is sought.

    Only of somebody's own patients, if they say. At most one word may have a typing error; names of organizations
    are looked at where no person's fits.
    """
    if sought.nothing:
        return []
    found = await _fetched(db, sought, None, seen_by)
    if len(found) < limit:
        async with db.transaction():
            await db.execute(f"set local pg_trgm.word_similarity_threshold = {ALIKE}")
            for n in sought.mistyped:
                found |= await _fetched(db, sought, n, seen_by)
    ranked = sorted(found.values(), key=lambda each: each[0])
    return [read(row) for _, row in ranked[:limit]] or await _of_organization(db, sought, limit, seen_by)


async def _fetched(
    db: Connection, sought: Sought, mistyped: int | None, seen_by: Own | None
) -> dict[UUID, tuple[tuple[Any, ...], Any]]:
    """What fits, each with its rank, where this word may be mistyped and no other."""
    given: list[Any] = [*(seen_by or EVERYBODY)]

    def value(text: str) -> str:
        given.append(text)
        return f"${len(given)}"

    where = [_OF_OWN, *([f"p.born = {value(sought.born)}"] if sought.born else [])]
    numbers = [f"p.phone like '%' || {value(sought.phone)}"] if sought.phone else []
    if sought.number:
        numbers += [f"{column} = {value(sought.number)}" for column in ("p.member", "p.mbi")]
    if sought.order:
        numbers.append(f"lower(r.placer_id) = lower({value(sought.order)})")
    where += [f"({' or '.join(numbers)})"] if numbers else []
    for n, word in enumerate(sought.words):
        where.append(_mistyped(word, value) if n == mistyped else f"{_NAMES} ~ {value(_beginning(word))}")
    rows = await db.fetch(_FOUND.format(" and ".join(where), MOST_FETCHED), *given)
    return {row["referral_id"]: (rank, row) for row in rows if (rank := _rank(sought, row)) is not None}


async def _of_organization(db: Connection, sought: Sought, limit: int, seen_by: Own | None) -> list[Row]:
    if not sought.words or sought.born or sought.phone:
        return []
    words = [*sought.words, *([sought.number] if sought.number else [])]
    where = [f"coalesce(r.organization_words, lower(r.organization)) ~ ${n}" for n in range(3, len(words) + 3)]
    sql = _OF_ORGANIZATION.format(" and ".join([_OF_OWN, *where]), limit)
    return [read(row) for row in await db.fetch(sql, *(seen_by or EVERYBODY), *(_beginning(word) for word in words))]


def _rank(sought: Sought, row: Any) -> tuple[Any, ...] | None:
    typos = distance(sought.words, f"{row['given']} {row['family']} {row['former']}".split())
    return None if typos is None else (typos, not row["open"], row["next_due"] is None, str(row["referral_id"]))


def _beginning(word: str) -> str:
    return rf"\m{re.escape(word)}"


def _mistyped(word: str, value: Any) -> str:
    """A name that is this word but for one error: by its pieces, or for a short word by everything that it may be."""
    if len(word) >= ALIKE_FROM:
        return f"{_NAMES} %> {value(word)}"
    left_out = [word[:n] + word[n + 1 :] for n in range(len(word))]
    turned = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)]
    other = [word[:n] + "\\w" + word[n + 1 :] for n in range(len(word))]
    added = [word[:n] + "\\w" + word[n:] for n in range(len(word) + 1)]
    variants = "|".join(dict.fromkeys((*left_out, *turned, *other, *added)))
    whole = rf"\m({variants})\M"
    return f"{_NAMES} ~ {value(whole)}"
