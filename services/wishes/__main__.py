"""Runs the service: `python -m services.wishes`."""

from services.wishes.app import service

if __name__ == "__main__":
    service().run()
