"""Starts the operators' command."""

import sys

from carebus.cli import main

sys.exit(main())
