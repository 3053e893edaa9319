"""Takes a file in as it comes: piece by piece into the database, hashed on the way, and never whole in memory."""

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

from carebus.web.http import Parts
from services.referral.channels.uploads.files import FileUnreadable
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads.files import CHUNK, Upload

UPLOADS = "uploads"
"""The name of the worker that goes on with what was taken in."""


async def take_in(parts: Parts, upload: Upload, content: AsyncIterator[bytes]) -> tuple[UUID, bool]:
    """Keep a file that comes; gives the upload it is now, and whether the same file had come before.

    Raises FileUnreadable when nothing comes, and whatever stops the content; nothing is kept then.
    """
    async with parts.database.connection() as db:
        await uploads.begin(db, upload)
    arrived = False
    try:
        file_hash, size = await _keep(parts, upload.upload_id, content)
        async with parts.database.connection() as db:
            kept_as = await uploads.has_arrived(db, upload, file_hash, size)
        arrived = True
    finally:
        if not arrived:
            async with parts.database.connection() as db:
                await uploads.forget(db, upload.upload_id)
    parts.notices.work(UPLOADS).give()
    return kept_as, kept_as != upload.upload_id


async def take_again(parts: Parts, before: Upload, again: Upload) -> tuple[UUID, bool]:
    """Take in once more, with other settings, what came before; as `take_in`."""
    async with parts.database.transaction() as db:
        await uploads.begin(db, again)
        await uploads.copy_chunks(db, before.upload_id, again.upload_id)
    async with parts.database.connection() as db:
        kept_as = await uploads.has_arrived(db, again, before.hash or "", before.bytes)
    parts.notices.work(UPLOADS).give()
    return kept_as, kept_as != again.upload_id


async def _keep(parts: Parts, upload_id: UUID, content: AsyncIterator[bytes]) -> tuple[str, int]:
    digest, size, n, piece = hashlib.sha256(), 0, 0, bytearray()
    async for more in content:
        digest.update(more)
        size += len(more)
        piece += more
        while len(piece) >= CHUNK:
            await _add(parts, upload_id, n, bytes(piece[:CHUNK]))
            n, piece = n + 1, piece[CHUNK:]
    if piece:
        await _add(parts, upload_id, n, bytes(piece))
    if not size:
        raise FileUnreadable(what="it is empty.")
    return digest.hexdigest(), size


async def _add(parts: Parts, upload_id: UUID, n: int, body: bytes) -> None:
    async with parts.database.connection() as db:
        await uploads.add_chunk(db, upload_id, n, body)
