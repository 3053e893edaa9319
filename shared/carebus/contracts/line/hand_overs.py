"""What the line hands over to a patient's team in the morning."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.line.advice import Disposition
from carebus.contracts.phi import Phi


class HandedOver(Value):
    """One call of the night. words: the nurse's own, for the team."""

    call_id: UUID
    nurse: str
    subject: str = ""
    disposition: Disposition | None = None
    words: Annotated[str, Phi.TEXT] = ""
    called_at: Annotated[datetime, Phi.DATE]


class HandOverWritten(PatientEvent):
    """What the team finds in the morning: every call since the last such note, the first of them first."""

    hand_over_id: UUID
    calls: tuple[HandedOver, ...]
    written_at: Annotated[datetime, Phi.DATE]
