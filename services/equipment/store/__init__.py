"""Where equipment is kept, what lists read, and the catalogue. All of the SQL."""

from carebus.storage.states import tables
from services.equipment.store.patients import EQUIPMENT

STATES = tables(EQUIPMENT)
