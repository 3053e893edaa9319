"""Where sheets, calls, stays and hospital messages are kept, and what pages and queries read. All of the SQL."""

from carebus.storage.states import tables
from services.line.store.calls import CALLS
from services.line.store.hospital import RECORDS, UNCLAIMED
from services.line.store.identity import IDENTITIES
from services.line.store.sheets import SHEETS

STATES = tables(SHEETS, CALLS, IDENTITIES, RECORDS, UNCLAIMED)
