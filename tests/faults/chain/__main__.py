"""Starts one role of one of the services: of which release, broken, disturbed or ended how, its environment says."""

from __future__ import annotations

import os
import sys

from carebus.settings import Settings
from tests.faults import mutants, shims
from tests.faults.chain.migrating import migrate_for_ever
from tests.faults.chain.operator import mend_for_ever
from tests.faults.crashing import Plan
from tests.faults.releases import RELEASES
from tests.hurrying import hurry

service, role = sys.argv[1], os.environ["CAREBUS_ROLE"]
does = os.environ.get("CHAIN_DOES") or role
plan = Plan.found(os.environ)
runs = {"operator": lambda: mend_for_ever(service), "migration": migrate_for_ever}
run = runs.get(does, lambda: RELEASES[os.environ.get("CHAIN_RELEASE", "first")](service, Settings()).run())

hurry()  # a storm comes from one address

mutants.plant(os.environ.get("CHAIN_MUTANT", ""))
shims.plant(os.environ.get("CHAIN_SHIM", ""))
if plan is None:
    run()
else:
    from tests.faults.crashing.lives import lead_lives

    lead_lives(plan, service, does, run)
