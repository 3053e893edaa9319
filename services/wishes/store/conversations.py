"""Conversations, each as a document of its own, so that a patient's state stays small."""

from uuid import UUID

from carebus.contracts.event import Stream, patient_stream
from carebus.storage.database import Connection
from carebus.storage.states import Documents, read_document
from services.wishes.domain.conversations.conversation import Conversation

CONVERSATIONS = Documents("conversation", Conversation)
MOST = 50
_OF_PATIENT = f"""
select doc::text as doc from conversation where stream like $1 || '/%'
order by doc ->> 'begun_at' desc limit {MOST}
"""


async def conversation_of(db: Connection, patient_id: UUID, conversation_id: UUID) -> Conversation | None:
    """One conversation of a patient."""
    return await CONVERSATIONS.one(db, Stream(f"{patient_stream(patient_id)}/{conversation_id}"))


async def conversations_of(db: Connection, patient_id: UUID) -> list[Conversation]:
    """A patient's conversations, the latest first."""
    return [read_document(Conversation, row["doc"]) for row in await db.fetch(_OF_PATIENT, patient_stream(patient_id))]
