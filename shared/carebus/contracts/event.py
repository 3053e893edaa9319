"""What every event is: an immutable fact about one subject, whose text form never shows protected fields."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, NewType
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from carebus.contracts.phi import phi_paths

Stream = NewType("Stream", str)
"""The order an event belongs to, `<subject>/<id>`: `patient/<opaque uuid>` or `roster/main`."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about, and the topic that keeps all events about such subjects in one order."""

    label: str
    topic: str
    PATIENT: ClassVar["Subject"]
    ROSTER: ClassVar["Subject"]
    CALL: ClassVar["Subject"]

    def stream(self, subject_id: UUID | str) -> Stream:
        """The stream of one such subject."""
        return Stream(f"{self.label}/{subject_id}")


Subject.PATIENT = Subject("patient", "patient.events")
Subject.ROSTER = Subject("roster", "roster.events")
Subject.CALL = Subject("call", "call.events")

TOPICS = {subject.label: subject.topic for subject in (Subject.PATIENT, Subject.ROSTER, Subject.CALL)}
"""The topic of every subject; contracts packages of other teams add theirs."""


def patient_stream(patient_id: UUID) -> Stream:
    """The journal of one patient, by the opaque id given at intake."""
    return Subject.PATIENT.stream(patient_id)


def subject_id(stream: str) -> str:
    """The id part of a stream: what the topic is keyed by."""
    return stream.partition("/")[2]


def topic_of(stream: str) -> str:
    """The topic a stream is published on."""
    return TOPICS[stream.partition("/")[0]]


class Value(BaseModel):
    """A part of an event: immutable, silent about its protected fields, open to fields of later versions."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    def __repr_args__(self) -> Any:
        marked = phi_paths(type(self))
        known = ((name, getattr(self, name)) for name in type(self).model_fields)  # a later release's may be protected
        return [(name, "[phi]" if name in marked and value is not None else value) for name, value in known]

    def __str__(self) -> str:
        return repr(self)


class Event(Value):
    """A fact in the past tense. A subclass per type; the class name is the type's name and never changes.

    TYPE_PREFIX: what stands before the name in `ce_type`; a team outside has one of its own, such as `com.example.`.
    OWN_TIME: the field that says when the fact happened, where it is not named after the event.
    OF_EVERY_SERVICE: any source may tell it of itself, on the stream `<subject>/<source>`.
    """

    SUBJECT: ClassVar[Subject]
    TYPE_PREFIX: ClassVar[str] = "org.carebus."
    OWN_TIME: ClassVar[str | None] = None
    OF_EVERY_SERVICE: ClassVar[bool] = False

    @classmethod
    def type_name(cls) -> str:
        """The value of the `ce_type` header."""
        return f"{cls.TYPE_PREFIX}{cls.__name__}"

    @classmethod
    def own_time(cls) -> str | None:
        """The field that says when the fact happened: named after the event, as `completed_at` of VisitCompleted.

        None: it happened as it was told, as what a service decides does.
        """
        verbs = {name: name.removesuffix("_at") for name in cls.model_fields if name.endswith("_at")}
        return cls.OWN_TIME or next((name for name, verb in verbs.items() if verb in cls.__name__.lower()), None)

    @classmethod
    def schema_name(cls) -> str:
        """The value of the `ce_dataschema` header. Contracts only grow, so the version is that of the type."""
        return _schema_name(cls)


@cache
def _schema_name(kind: type[Event]) -> str:
    owner = "carebus" if kind.TYPE_PREFIX == Event.TYPE_PREFIX else kind.TYPE_PREFIX.rstrip(".")
    return f"urn:{owner}:schema:{kind.__name__}:1"


class PatientEvent(Event):
    """A fact about one patient: part of the patient journal."""

    SUBJECT = Subject.PATIENT


class RosterEvent(Event):
    """A fact about the clinicians who can be assigned."""

    SUBJECT = Subject.ROSTER


class CallEvent(Event):
    """A fact about one call of the line. Whom it is about may not be known, and is told on the patient's stream."""

    SUBJECT = Subject.CALL
