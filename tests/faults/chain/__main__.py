"""Starts one role of one of the two services, as `CHAIN_RELEASE`, with a planted fault if `CHAIN_MUTANT` names one."""

from __future__ import annotations

import os
import sys

from carebus.settings import Settings
from tests.faults import mutants
from tests.faults.releases import RELEASES

mutants.plant(os.environ.get("CHAIN_MUTANT", ""))
RELEASES[os.environ.get("CHAIN_RELEASE", "first")](sys.argv[1], Settings()).run()
