"""Runs the service: `python -m services.audit`."""

from services.audit.app import service

if __name__ == "__main__":
    service().run()
