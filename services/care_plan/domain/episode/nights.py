"""What the line handed over: the team finds it on the patient's page in the morning."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.line import HandedOver, HandOverWritten
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Decision, State, changed, ignore

KEPT = 3
"""So many notes are kept; every one is in its event."""


class Note(Value):
    """The calls of a night, the first of them first."""

    hand_over_id: UUID
    calls: tuple[HandedOver, ...]
    written_at: Annotated[datetime, Phi.DATE]


class Nights(State):
    """The last notes of the line about one patient, the latest first."""

    notes: tuple[Note, ...] = ()


def note_hand_over(nights: Nights, event: HandOverWritten, _: Cause) -> Decision:
    """Kept once, by when it was written, however late it is heard."""
    if any(one.hand_over_id == event.hand_over_id for one in nights.notes):
        return ignore("noted_already")
    note = Note(hand_over_id=event.hand_over_id, calls=event.calls, written_at=event.written_at)
    notes = sorted((*nights.notes, note), key=lambda one: one.written_at, reverse=True)
    return changed(nights.but(notes=tuple(notes[:KEPT])))
