"""What the service hears, and which decision answers it."""

from carebus.contracts.audit import AuditSealed
from carebus.decisions import Handlers, on
from services.audit.domain import Arrived, Chain, sealed

HANDLERS: Handlers = {AuditSealed: on(Chain, Arrived, sealed)}
