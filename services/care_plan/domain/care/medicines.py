"""The present medicines as decisions know them: what each source states, and allergies."""

from datetime import datetime
from typing import Annotated

from carebus.contracts.care_plan import MedicineAllergy, MedicineLine
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi


class Medicines(Value):
    """The list as it stands. What checks find in it is worked out when it is looked at.

    no_known_allergies: somebody asked, and there are none.  no_laxative_because: why none is needed with an opioid.
    """

    version: int
    lines: tuple[MedicineLine, ...] = ()
    allergies: tuple[MedicineAllergy, ...] = ()
    no_known_allergies: bool = False
    no_laxative_because: Annotated[str, Phi.TEXT] = ""
    reconciled_at: Annotated[datetime, Phi.DATE]
