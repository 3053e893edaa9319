"""Starts the operators' command. Its answers own standard output, so what the kit logs goes to standard error."""

import logging
import sys

import structlog

from carebus.cli import main

structlog.configure(
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
)
sys.exit(main())
