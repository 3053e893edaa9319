"""Starts the operators' command. Its answers own standard output, so what the kit logs goes to standard error."""

import logging
import sys
from pathlib import Path

import structlog

from carebus.cli import main


def run() -> int:
    """The command `carebus`; gives the exit code."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)  # as `python -m carebus` has it: the services are found where one stands
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    return main()


if __name__ == "__main__":
    sys.exit(run())
