"""What a referral's sender stated beside what has a field: read from what arrived whenever the page is shown."""

import asyncio
from uuid import UUID

from carebus.storage.database import Connection
from services.referral import store
from services.referral.channels.fhir.also_stated import AlsoStated, also_stated
from services.referral.channels.uploads.checking import NDJSON
from services.referral.domain import Referral
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows

FHIR = "application/fhir+json"


async def also_of(db: Connection, referral: Referral) -> AlsoStated:
    """What else a referral's Bundle stated; of a referral that came in another way nothing is said here."""
    raw = await bundle_of(db, referral.referral_id)
    if raw is None:
        return AlsoStated()
    return await asyncio.to_thread(also_stated, raw, referral.received.received_at)


async def bundle_of(db: Connection, referral_id: UUID) -> bytes | None:
    """The Bundle that a referral last came in, by itself or as a line of a list."""
    if found := await store.arrived_as(db, referral_id):
        return found.body if found.content_type == FHIR else None
    row = await upload_rows.row_of(db, referral_id)
    if row is None or row.kind != NDJSON:
        return None
    return await uploads.part(db, row.upload_id, row.starts, row.length)
