"""Runs the outcomes service: `python -m services.outcomes`."""

from services.outcomes.app import service

service().run()
