"""Carebus: the bus kit and the published language of home-based palliative care."""
