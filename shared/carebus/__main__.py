"""Starts the operators' command. Its answers own standard output, so what the kit logs goes to standard error."""

import logging
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

LACKS = "carebus: the command needs more than the events alone: install `carebus[service]`"


def run() -> int:
    """The command `carebus`; gives the exit code."""
    if find_spec("structlog") is None:
        asked_version = sys.argv[1:] == ["--version"]
        print(f"carebus {version('carebus')}" if asked_version else LACKS, file=None if asked_version else sys.stderr)
        return 0 if asked_version else 2
    return _run()


def _run() -> int:
    import structlog  # noqa: PLC0415  # the events alone come without it

    from carebus.cli import main  # noqa: PLC0415

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
