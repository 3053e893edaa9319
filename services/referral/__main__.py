"""Runs the referral service: `python -m services.referral`."""

from services.referral.app import service

if __name__ == "__main__":
    service().run()
