"""Where letters are kept that are alike: a document per subject, and a row per letter."""

from collections.abc import Mapping
from typing import Any, TypeVar

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents, document
from services.notifications.domain import SummaryLetters, TeamLetters
from services.notifications.domain.letters import Letters
from services.notifications.domain.pages import PageLetters
from services.notifications.domain.suppliers import SupplierLetters

L = TypeVar("L", bound=Letters[Any])


def kept(table: str, kind: type[L], letter_table: str) -> Documents[L]:
    """Documents of this kind in `table`, with each letter as a row of `letter_table`."""
    save = f"""
insert into {letter_table} (notification_id, stream, status, requested_at, doc)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[])
on conflict (notification_id) do update set status = excluded.status, doc = excluded.doc
where {letter_table}.doc is distinct from excluded.doc
"""

    async def save_letters(db: Connection, states: Mapping[Stream, L]) -> None:
        letters = [(stream, letter) for stream, one in states.items() for letter in one.letters]
        if letters:
            await db.execute(
                save,
                [letter.notification_id for _, letter in letters],
                [stream for stream, _ in letters],
                [letter.status for _, letter in letters],
                [letter.requested_at for _, letter in letters],
                [document(letter) for _, letter in letters],
            )

    return Documents(table, kind, rows=save_letters)


SUMMARY_LETTERS = kept("summary_letters", SummaryLetters, "summary_letter")
TEAM_LETTERS = kept("team_letters", TeamLetters, "team_letter")
PAGE_LETTERS = kept("page_letters", PageLetters, "page_letter")
SUPPLIER_LETTERS = kept("supplier_letters", SupplierLetters, "supplier_letter")
