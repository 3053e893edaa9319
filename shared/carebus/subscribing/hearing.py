"""Which event types a service hears, what it does about each, and how their bodies become typed events."""

from collections.abc import Mapping

from pydantic import ValidationError

from carebus.contracts.envelope import Envelope
from carebus.contracts.event import Event
from carebus.decisions import Reaction
from carebus.errors import InvalidBody, broken_rules
from carebus.subscribing.arrivals import Arrival


class Hearing:
    """Which event types a service hears, and what it does then."""

    def __init__(self, reactions: Mapping[type[Event], Reaction]) -> None:
        parts = [kind for reaction in reactions.values() for kind in reaction.states if kind.PART is not None]
        assert not parts, "states are loaded before events are decoded, so no event can say which part it needs"
        self._heard = {kind.type_name(): (kind, reaction) for kind, reaction in reactions.items()}
        self.topics = sorted({kind.SUBJECT.topic for kind in reactions})

    def hears(self, type_name: str) -> bool:
        """Whether events of this type are heard."""
        return type_name in self._heard

    def reaction(self, envelope: Envelope) -> Reaction | None:
        """What to do about an event of this type, or None for a type not heard here."""
        heard = self._heard.get(envelope.type)
        return heard[1] if heard else None

    def decode(self, arrival: Arrival) -> Event:
        """The typed event of a heard record. Raises InvalidBody, which names fields and rules, never values."""
        assert arrival.envelope is not None
        if arrival.body is None:
            raise InvalidBody(rules="the record has no body (tombstone)")
        kind = self._heard[arrival.envelope.type][0]
        if _is_another_version(arrival.envelope.dataschema, kind):
            raise InvalidBody(rules="ce_dataschema names another version of this type")
        try:
            return kind.model_validate_json(arrival.body)
        except ValidationError as exc:
            raise InvalidBody(rules=broken_rules(exc)) from None


def _is_another_version(dataschema: str, kind: type[Event]) -> bool:
    """Whether a header names this type's schema in another version: its fields may mean something else there."""
    own = kind.schema_name()
    return dataschema != own and dataschema.startswith(own.rpartition(":")[0] + ":")
