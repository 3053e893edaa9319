"""Runs the service: `python -m services.equipment`."""

from services.equipment.app import service

if __name__ == "__main__":
    service().run()
