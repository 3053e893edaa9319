"""The SQL of the outcomes service: where journeys and calls are kept, and every count over them."""

from carebus.storage.states import tables
from services.outcomes.store.journeys import JOURNEYS, Counted, Group, Totals, counted
from services.outcomes.store.line import ADVICE, CALLS

STATES = tables(JOURNEYS, CALLS, ADVICE)

__all__ = ["STATES", "Counted", "Group", "Totals", "counted"]
