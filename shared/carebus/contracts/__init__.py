"""The published language of Carebus: the envelope and every event. Needs pydantic only: anyone may read the stream."""

from carebus.contracts import care_plan, identity, notifications, referral, referrers
from carebus.contracts.envelope import Envelope, MalformedEnvelope, read_envelope, read_headers
from carebus.contracts.event import Event, PatientEvent, RosterEvent, Stream, Subject, Value, patient_stream
from carebus.contracts.phi import Phi, phi_names, phi_paths

PUBLISHED_BY: dict[str, tuple[type[Event], ...]] = {
    service: tuple(
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind.__module__ == module.__name__
    )
    for service, modules in {
        "referral": (referral, referrers, identity),
        "care_plan": (care_plan,),
        "notifications": (notifications,),
    }.items()
}
"""Which service tells which events."""

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
