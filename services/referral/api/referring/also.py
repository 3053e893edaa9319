"""What a referral's sender stated beside what has a field: read from what arrived whenever the page is shown."""

import asyncio
from uuid import UUID

from carebus.storage.database import Connection
from services.referral import store
from services.referral.channels.fhir.also_stated import AlsoStated, also_stated
from services.referral.channels.uploads.also_stated import also_stated as also_in_row
from services.referral.channels.uploads.checking import NDJSON
from services.referral.domain import Referral
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.rows import Place

FHIR = "application/fhir+json"


async def also_of(db: Connection, referral: Referral) -> AlsoStated:
    """What else was stated in what a referral last came in: a Bundle, or a row of a list; of other ways nothing."""
    raw, row = await _came_in(db, referral.referral_id)
    if raw is None:
        return AlsoStated()
    if row is None or row.kind == NDJSON:
        return await asyncio.to_thread(also_stated, raw, referral.received.received_at)
    upload = await uploads.upload(db, row.upload_id)
    return AlsoStated(also_in_row(raw, upload)) if upload else AlsoStated()


async def bundle_of(db: Connection, referral_id: UUID) -> bytes | None:
    """The Bundle that a referral last came in, by itself or as a line of a list."""
    raw, row = await _came_in(db, referral_id)
    return raw if row is None or row.kind == NDJSON else None


async def _came_in(db: Connection, referral_id: UUID) -> tuple[bytes | None, Place | None]:
    """The bytes that a referral last came in, if they are a Bundle or a row of a list, and where that row stands."""
    if found := await store.arrived_as(db, referral_id):
        return (found.body if found.content_type == FHIR else None), None
    row = await upload_rows.row_of(db, referral_id)
    return (await uploads.part(db, row.upload_id, row.starts, row.length) if row else None), row
