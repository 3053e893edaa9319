"""Where letters about visit summaries are kept: a document per patient, and a row per letter."""

from collections.abc import Mapping

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents, document
from services.notifications.domain import SummaryLetters

_SAVE = """
insert into summary_letter (notification_id, stream, status, requested_at, doc)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[])
on conflict (notification_id) do update set status = excluded.status, doc = excluded.doc
where summary_letter.doc is distinct from excluded.doc
"""


async def save_summary_letters(db: Connection, kept: Mapping[Stream, SummaryLetters]) -> None:
    """Keep letters about visit summaries as rows."""
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


SUMMARY_LETTERS = Documents("summary_letters", SummaryLetters, rows=save_summary_letters)
