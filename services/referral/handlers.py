"""What the referral service hears: nothing yet, it is where every story begins."""

from carebus.decisions import Handlers

HANDLERS: Handlers = {}
