"""Where sheets and calls are kept, and what pages and queries read. All of the service's SQL."""

from carebus.storage.states import tables
from services.line.store.calls import CALLS
from services.line.store.sheets import SHEETS

STATES = tables(SHEETS, CALLS)
