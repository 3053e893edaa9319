"""Starts the care plan service: `python -m services.care_plan`."""

from services.care_plan.app import service

service().run()
