"""A protocol as a call follows it: pinned with its version and text, with the answers so far and what they come to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from carebus.contracts.event import Value
from carebus.contracts.line import Disposition
from carebus.contracts.phi import Phi
from services.line.domain.protocols.model import URGENCY, Language

MOST_RUNS = 5
"""So many protocols a call follows at most."""


class ProtocolRun(Value):
    """One protocol in a call. digest: of the text it began with, and goes on with whatever becomes of the file.

    proposed, step, possible and open: what the answers come to (`Outcome`).
    """

    protocol: str
    version: int
    digest: str
    language: Language = Language.ENGLISH
    answers: Annotated[Mapping[str, bool | float | str], Phi.TEXT] = {}
    proposed: Disposition | None = None
    step: str = ""
    possible: Disposition
    open: tuple[str, ...] = ()
    started_at: datetime
    answered_at: datetime | None = None


def leading(runs: Sequence[ProtocolRun]) -> ProtocolRun | None:
    """The one whose proposal is the most urgent, the later of two alike: a second complaint never hides the first."""
    proposing = [one for one in runs if one.proposed]
    if not proposing:
        return runs[-1] if runs else None
    return max(proposing, key=lambda one: (-URGENCY.index(one.proposed or URGENCY[-1]), one.started_at))


def still_possible(runs: Sequence[ProtocolRun]) -> Disposition | None:
    """The most that a question which is still open could call for, in any of them."""
    return min((one.possible for one in runs if one.open), key=URGENCY.index, default=None)
