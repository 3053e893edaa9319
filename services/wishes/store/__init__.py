"""Where wishes, conversations, documents and files are kept, and what pages and queries read. All of the SQL."""

from carebus.storage.states import tables
from services.wishes.store.conversations import CONVERSATIONS
from services.wishes.store.people import WISHES

STATES = tables(WISHES, CONVERSATIONS)
