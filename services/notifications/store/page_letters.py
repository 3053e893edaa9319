"""Where pages by mail are kept: a document per call, and a row per page."""

from collections.abc import Mapping

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents, document
from services.notifications.domain.pages import PageLetters

_SAVE = """
insert into page_letter (notification_id, stream, status, requested_at, doc)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[])
on conflict (notification_id) do update set status = excluded.status, doc = excluded.doc
where page_letter.doc is distinct from excluded.doc
"""


async def save_page_letters(db: Connection, kept: Mapping[Stream, PageLetters]) -> None:
    """Keep pages as rows."""
    letters = [(stream, letter) for stream, one in kept.items() for letter in one.letters]
    if letters:
        await db.execute(
            _SAVE,
            [letter.notification_id for _, letter in letters],
            [stream for stream, _ in letters],
            [letter.status for _, letter in letters],
            [letter.requested_at for _, letter in letters],
            [document(letter) for _, letter in letters],
        )


PAGE_LETTERS = Documents("page_letters", PageLetters, rows=save_page_letters)
