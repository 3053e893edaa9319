"""The published language of Carebus: the envelope and every event. Needs pydantic only: anyone may read the stream."""

from carebus.contracts import care_plan, notifications, referral
from carebus.contracts.envelope import Envelope, MalformedEnvelope, read_envelope, read_headers
from carebus.contracts.event import Event, PatientEvent, RosterEvent, Stream, Subject, Value, patient_stream
from carebus.contracts.phi import Phi, phi_names, phi_paths

PUBLISHED_BY: dict[str, tuple[type[Event], ...]] = {
    module.__name__.rsplit(".", 1)[-1]: tuple(
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Event)
        and f"{kind.__module__}.".startswith(f"{module.__name__}.")
    )
    for module in (referral, care_plan, notifications)
}
"""Which service tells which events: one module (or folder) of contracts per service."""

EVENTS: dict[str, type[Event]] = {kind.type_name(): kind for kinds in PUBLISHED_BY.values() for kind in kinds}
"""Every event by its `ce_type`."""

PHI_NAMES = phi_names(tuple(EVENTS.values()))
"""Every field name that is marked anywhere, for redacting logs by key."""

__all__ = [
    "EVENTS",
    "PHI_NAMES",
    "PUBLISHED_BY",
    "Envelope",
    "Event",
    "MalformedEnvelope",
    "PatientEvent",
    "Phi",
    "RosterEvent",
    "Stream",
    "Subject",
    "Value",
    "patient_stream",
    "phi_names",
    "phi_paths",
    "read_envelope",
    "read_headers",
]
