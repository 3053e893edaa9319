"""Fills a referral service's database with as many referrals as a busy office has, as rows that its worklist reads."""

from __future__ import annotations

from typing import Any

_DOCUMENTS = """
insert into intake (stream, doc)
select 'patient/' || gen_random_uuid(), '{}' from generate_series(1, $1::int)
"""

_ROWS = """
insert into referral (
    referral_id, stream, patient_id, reference, status, urgent, eligible, patient_name, birth_date, organization,
    conditions, received_at, decided_at, version, open, decision, assigned_to, payer, next_due, next_milestone
)
select gen_random_uuid(), stream, split_part(stream, '/', 2)::uuid,
       upper(substr(md5(stream), 1, 5) || '-' || substr(md5(stream), 6, 5)),
       status, n % 20 = 0, n % 7 > 0,
       (array['Ada', 'Bo', 'Cleo', 'Dov', 'Eve', 'Finn', 'Gus', 'Hana'])[1 + n % 8] || n % 997 || ' '
           || (array['Abbott', 'Baker', 'Castillo', 'Diaz', 'Evans', 'Flores', 'Garcia'])[1 + n % 7] || n % 4999,
       date '1931-01-01' + n % 12000, 'Organization ' || n % 400, array['copd'],
       $1::timestamptz - n * interval '1 minute', $1::timestamptz, 1 + n % 9,
       status not in ('closed', 'declined'),
       case when status in ('triage', 'info_requested', 'waitlisted') then null
            when status = 'declined' then 'declined' else 'accepted' end,
       case when n % 3 = 0 then '' else 'coordinator' || n % 25 end,
       (array['medicare', 'medicaid', 'dual', 'commercial'])[1 + n % 4],
       case when status not in ('closed', 'declined')
            then $1::timestamptz + (n % 40000 - 400) * interval '1 minute' end,
       'decision'
from (
    select stream, (row_number() over ())::int as n from intake
) as numbered, lateral (
    select (array['triage', 'triage', 'triage', 'triage', 'info_requested', 'waitlisted', 'contacting',
                  'first_visit_scheduled', 'active', 'closed', 'declined'])[1 + n % 11] as status
) as stands
"""


async def fill(db: Any, referrals: int, now: Any) -> None:
    """So many referrals, most of them open, a hundredth of those overdue; statistics as autovacuum would have them."""
    await db.execute(_DOCUMENTS, referrals)
    await db.execute(_ROWS, now)
    await db.execute("vacuum (analyze) referral")
