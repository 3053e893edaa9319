"""Lists over all patients: what is due, what was left behind, one serial at two patients, and what adds up."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from carebus import folding
from carebus.storage.database import Connection
from services.equipment.domain.ledger import Account, Counts, Ledger

MOST_SHOWN = 200
MOST_FOUND = 25
_DUE = f"""
select d.patient_id, p.full_name, d.kind, d.about, d.due_on, d.item_code, d.supplier
from (select * from duty where not held and due_on <= $1 and ($2::text[] is null or kind = any($2))
      order by due_on, patient_id, kind, about limit {MOST_SHOWN}) as d
join person as p using (patient_id) order by d.due_on, d.patient_id, d.kind, d.about
"""
_LEFT_BEHIND = f"""
select p.patient_id, p.full_name, p.not_fetched as many from person as p
where not p.in_care and p.not_fetched > 0 and p.merged_into is null and not p.held
  and exists (select from loan where loan.patient_id = p.patient_id and loan.status = 'in_use')
union all
select p.patient_id, p.full_name, p.not_fetched from person as p join person as s on s.patient_id = p.merged_into
where p.merged_into is not null and p.not_fetched > 0 and not s.in_care and not s.held
order by 2, 1 limit {MOST_SHOWN}
"""
_SERIALS = f"""
with doubled as (
    select l.item_code, l.serial from loan as l join person as p using (patient_id)
    where l.status in ('in_use', 'owned') and l.serial <> ''
    group by l.item_code, l.serial having count(distinct coalesce(p.merged_into, p.patient_id)) > 1
    order by l.item_code, l.serial limit {MOST_SHOWN}
)
select l.item_code, l.serial, l.patient_id, p.full_name, l.supplier, l.delivered_at
from doubled join loan as l using (item_code, serial) join person as p using (patient_id)
where l.status in ('in_use', 'owned')
order by l.item_code, l.serial, l.delivered_at, l.loan_id
"""
_ACCOUNTS = """
select item_code, supplier_id, max(supplier) as supplier,
       count(*) filter (where status = 'in_use') as in_use, count(*) filter (where status = 'returned') as returned,
       count(*) filter (where status = 'lost') as lost, count(*) filter (where status = 'owned') as owned
from loan where $1::uuid is null or patient_id = $1
group by supplier_id, item_code order by max(supplier), item_code
"""
_LEDGER = """
select item_code, supplier_id, case when ended_at is null or ended_at > $2 then 'in_use' else status end as status,
       count(*) as many
from loan where delivered_at <= $2 and ($1::uuid is null or patient_id = $1) group by 1, 2, 3
"""
_FIND = f"""
select patient_id, full_name, in_care from person
where merged_into is null and (family like $1 || '%' or given like $1 || '%' or given || ' ' || family like $1 || '%')
order by in_care desc, family, given, patient_id limit {MOST_FOUND}
"""


class Due(NamedTuple):
    """A line of what is due."""

    patient_id: UUID
    full_name: str
    kind: str
    about: UUID
    due_on: date
    item_code: str
    supplier: str


class LeftBehind(NamedTuple):
    """Somebody who is not in care, with what nobody has asked to be fetched."""

    patient_id: UUID
    full_name: str
    many: int


class AtTwo(NamedTuple):
    """One of the patients who have a thing with the same serial number."""

    item_code: str
    serial: str
    patient_id: UUID
    full_name: str
    supplier: str
    delivered_at: datetime


class Balance(NamedTuple):
    """One supplier's things of one item."""

    account: Account
    supplier: str
    counts: Counts


class Found(NamedTuple):
    """Somebody who was asked for by name."""

    patient_id: UUID
    full_name: str
    in_care: bool


async def due(db: Connection, until: date, kinds: list[str] | None = None) -> list[Due]:
    """What is due by a day, the earliest first."""
    return [Due(*row) for row in await db.fetch(_DUE, until, kinds)]


async def left_behind(db: Connection) -> list[LeftBehind]:
    """Nothing is forgotten, whatever event did not come: who has things and is not in care."""
    return [LeftBehind(*row) for row in await db.fetch(_LEFT_BEHIND)]


async def serials(db: Connection) -> list[list[AtTwo]]:
    """Things of one serial number at two people, together."""
    found: dict[tuple[str, str], list[AtTwo]] = {}
    for row in await db.fetch(_SERIALS):
        found.setdefault((row["item_code"], row["serial"]), []).append(AtTwo(*row))
    return list(found.values())


async def balances(db: Connection, patient_id: UUID | None = None) -> list[Balance]:
    """What adds up now, of all patients or one."""
    return [_balance(row) for row in await db.fetch(_ACCOUNTS, patient_id)]


async def ledger(db: Connection, instant: datetime, patient_id: UUID | None = None) -> Ledger:
    """What added up at an instant, as the rows tell it."""
    counted: dict[Account, dict[str, int]] = {}
    for row in await db.fetch(_LEDGER, patient_id, instant):
        counted.setdefault(Account(row["item_code"], row["supplier_id"]), {})[row["status"]] = row["many"]
    return {account: Counts(**many) for account, many in counted.items()}


async def find(db: Connection, name: str) -> list[Found]:
    """Whose names begin so."""
    return [Found(*row) for row in await db.fetch(_FIND, folding.name(name))]


def _balance(row: Any) -> Balance:
    counts = Counts(row["in_use"], row["returned"], row["lost"], row["owned"])
    return Balance(Account(row["item_code"], row["supplier_id"]), row["supplier"], counts)
