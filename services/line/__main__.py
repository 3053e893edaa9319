"""Runs the service: `python -m services.line`."""

from services.line.app import service

if __name__ == "__main__":
    service().run()
