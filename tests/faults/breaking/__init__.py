"""The faults: each breaks something a number of times while clients send."""

from tests.faults.breaking.clocks import wrong_clocks
from tests.faults.breaking.clusters import (
    leader_kills,
    named_broker_dead,
    rolling_restarts,
    too_few_in_sync,
    unclean_elections,
)
from tests.faults.breaking.crashes import crashes, mending, nothing, spoiling
from tests.faults.breaking.disks import full_disks
from tests.faults.breaking.kills import kills
from tests.faults.breaking.log_loss import log_losses
from tests.faults.breaking.network import narrow, partitions, slow
from tests.faults.breaking.servers import all_at_once, broker_kills, broker_restarts, database_kills
from tests.faults.breaking.sleeps import sleeping_relays, sleeping_subscribers
from tests.faults.breaking.turns import at_once, in_turn, repeated

__all__ = [
    "all_at_once",
    "at_once",
    "broker_kills",
    "broker_restarts",
    "crashes",
    "database_kills",
    "full_disks",
    "in_turn",
    "kills",
    "leader_kills",
    "log_losses",
    "mending",
    "named_broker_dead",
    "narrow",
    "nothing",
    "partitions",
    "repeated",
    "rolling_restarts",
    "sleeping_relays",
    "sleeping_subscribers",
    "slow",
    "spoiling",
    "too_few_in_sync",
    "unclean_elections",
    "wrong_clocks",
]
