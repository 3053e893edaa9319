"""Starts one role of one of the two services, with a planted fault if `CHAIN_MUTANT` names one."""

from __future__ import annotations

import os
import sys

from carebus.settings import Settings
from tests.faults import mutants
from tests.faults.chain import make

mutants.plant(os.environ.get("CHAIN_MUTANT", ""))
make(sys.argv[1], Settings()).run()
