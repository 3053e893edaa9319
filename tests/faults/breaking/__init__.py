"""The faults: each breaks something a number of times while clients send."""

from tests.faults.breaking.crashes import crashes, mending, nothing, spoiling
from tests.faults.breaking.kills import kills
from tests.faults.breaking.network import narrow, partitions, slow
from tests.faults.breaking.servers import all_at_once, broker_kills, broker_restarts, database_kills
from tests.faults.breaking.sleeps import sleeping_relays, sleeping_subscribers
from tests.faults.breaking.turns import in_turn, repeated

__all__ = [
    "all_at_once",
    "broker_kills",
    "broker_restarts",
    "crashes",
    "database_kills",
    "in_turn",
    "kills",
    "mending",
    "narrow",
    "nothing",
    "partitions",
    "repeated",
    "sleeping_relays",
    "sleeping_subscribers",
    "slow",
    "spoiling",
]
