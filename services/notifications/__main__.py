"""Runs the notifications service: `python -m services.notifications`."""

from services.notifications.app import service

service().run()
