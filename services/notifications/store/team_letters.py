"""Where letters to care teams are kept: a document per patient, and a row per letter."""

from collections.abc import Mapping

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents, document
from services.notifications.domain import TeamLetters

_SAVE = """
insert into team_letter (notification_id, stream, status, requested_at, doc)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[])
on conflict (notification_id) do update set status = excluded.status, doc = excluded.doc
where team_letter.doc is distinct from excluded.doc
"""


async def save_team_letters(db: Connection, kept: Mapping[Stream, TeamLetters]) -> None:
    """Keep letters to care teams as rows."""
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


TEAM_LETTERS = Documents("team_letters", TeamLetters, rows=save_team_letters)
