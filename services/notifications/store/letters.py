"""Where letters are kept that are alike: a document per subject, and a row per letter."""

from collections.abc import Mapping
from typing import Any, TypeVar

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents, document
from services.notifications.domain import ReferrerLetter, SummaryLetter, SummaryLetters, TeamLetter, TeamLetters
from services.notifications.domain.letters import Letters
from services.notifications.domain.pages import PageLetter, PageLetters
from services.notifications.domain.suppliers import SupplierLetter, SupplierLetters

OutsideLetter = ReferrerLetter | SummaryLetter | TeamLetter | PageLetter | SupplierLetter
"""Whatever goes to somebody outside the family."""
LETTERS: dict[str, tuple[str, type[OutsideLetter]]] = {
    "referrer": ("letter", ReferrerLetter),
    "summary": ("summary_letter", SummaryLetter),
    "team": ("team_letter", TeamLetter),
    "page": ("page_letter", PageLetter),
    "supplier": ("supplier_letter", SupplierLetter),
}
"""Kinds of letters: where each waits, and what it is read as."""
NOT_ON_HOLD = {"supplier": "f.doc ->> 'on_hold' is distinct from 'true'"}
"""Letters that wait while a death is reported: nothing is brought to the house meanwhile."""

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


ALIKE: tuple[Documents[Any], ...] = (
    kept("summary_letters", SummaryLetters, "summary_letter"),
    kept("team_letters", TeamLetters, "team_letter"),
    kept("page_letters", PageLetters, "page_letter"),
    kept("supplier_letters", SupplierLetters, "supplier_letter"),
)
"""Where letters of these kinds are kept."""
