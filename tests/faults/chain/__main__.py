"""Starts one role of one of the two services, broken as `CHAIN_MUTANT` says, or disturbed as `CHAIN_SHIM` says."""

from __future__ import annotations

import os
import sys

from carebus.settings import Settings
from tests.faults import mutants, shims
from tests.faults.chain import make

mutants.plant(os.environ.get("CHAIN_MUTANT", ""))
shims.plant(os.environ.get("CHAIN_SHIM", ""))
make(sys.argv[1], Settings()).run()
