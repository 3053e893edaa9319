"""Starts the tally service as a process of its own, to be killed by tests."""

from carebus.settings import Settings
from tests.carebus.tally import make

make(Settings()).run()
