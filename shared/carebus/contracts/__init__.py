"""The published language of Carebus: the envelope and every event. Needs pydantic only: anyone may read the stream."""

from carebus.contracts.envelope import Envelope, MalformedEnvelope, read_envelope, read_headers
from carebus.contracts.event import Event, PatientEvent, RosterEvent, Stream, Subject, Value, patient_stream, subject_id
from carebus.contracts.packages import joined, others, own
from carebus.contracts.phi import Phi, phi_names, phi_paths

PACKAGES = joined([own(), *others()])
"""Carebus' own contracts, and those of other teams that are installed here."""

PUBLISHED_BY: dict[str, tuple[type[Event], ...]] = {
    source: kinds for package in PACKAGES for source, kinds in package.tells.items()
}
"""Which source tells which events. A service's source is its name; what every service tells has the contract's own."""

EVENTS: dict[str, type[Event]] = {kind.type_name(): kind for kinds in PUBLISHED_BY.values() for kind in kinds}
"""Every event by its `ce_type`."""

TOLD_BY: dict[str, frozenset[type[Event]]] = {source: frozenset(kinds) for source, kinds in PUBLISHED_BY.items()}
"""The same, to look up quickly whether a source may tell an event."""

SUBJECTS = tuple(dict.fromkeys([Subject.PATIENT, Subject.ROSTER, *(kind.SUBJECT for kind in EVENTS.values())]))
"""What events are about, each with its topic."""

OF_EVERY_SERVICE = tuple(kind for kind in EVENTS.values() if kind.OF_EVERY_SERVICE)
"""Events that every service may publish about itself."""


def told_by(source: str) -> frozenset[type[Event]]:
    """Every event that a source may tell."""
    return TOLD_BY.get(source, frozenset()).union(OF_EVERY_SERVICE)


def may_tell(source: str, kind: type[Event]) -> bool:
    """Whether a source may tell events of this type."""
    return kind.OF_EVERY_SERVICE or kind in TOLD_BY.get(source, ())


def is_declared(envelope: Envelope) -> bool:
    """Whether the contracts let this source tell an event of this type about this subject; of unknown types any may."""
    kind = EVENTS.get(envelope.type)
    if kind is not None and kind.OF_EVERY_SERVICE:
        return subject_id(envelope.subject) == envelope.source
    return kind is None or kind in TOLD_BY.get(envelope.source, ())


PHI_NAMES = phi_names(tuple(EVENTS.values()))
"""Every field name that is marked anywhere, for redacting logs by key."""

__all__ = [
    "EVENTS",
    "OF_EVERY_SERVICE",
    "PACKAGES",
    "PHI_NAMES",
    "PUBLISHED_BY",
    "SUBJECTS",
    "TOLD_BY",
    "Envelope",
    "Event",
    "MalformedEnvelope",
    "PatientEvent",
    "Phi",
    "RosterEvent",
    "Stream",
    "Subject",
    "Value",
    "is_declared",
    "may_tell",
    "patient_stream",
    "phi_names",
    "phi_paths",
    "read_envelope",
    "read_headers",
    "told_by",
]
