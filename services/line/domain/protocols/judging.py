"""What follows from answers: the most urgent step that holds, and which open questions could still call for more.

An answer that nobody gave is not known, and never taken for no: only a step that is known not to hold is passed by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carebus.contracts.line import Disposition
from carebus.reasoning.facts import FactValue
from carebus.reasoning.findings import MET, NOT_MET, UNKNOWN, Judgement
from carebus.reasoning.language import Situation
from services.line.domain.protocols.model import OTHERWISE, URGENCY, Protocol

Answers = Mapping[str, FactValue]
"""What was answered, by question; what is left out was not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What answers come to. proposed: the least that is called for by now; None while nothing is known to be.

    step: which one proposes it.  possible: the most that open questions could still call for.  open: these questions.
    """

    proposed: Disposition | None
    step: str
    possible: Disposition
    open: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        """Whether no answer that is still open could call for more."""
        return not self.open


def judge(protocol: Protocol, answers: Answers) -> Outcome:
    """What these answers come to."""
    situation = Situation(answers, protocol.vocabulary)
    found = [one.when.find(situation) for one in protocol.steps]
    first = next((n for n, each in enumerate(found) if each.value is MET), None)
    if first is not None:
        return _held(protocol, first, found[:first])
    if all(each.value is NOT_MET for each in found):
        least = protocol.otherwise.disposition
        return Outcome(least, OTHERWISE, least, ())
    return Outcome(None, "", _most(protocol, found), _open(protocol, found))


def _held(protocol: Protocol, first: int, above: Sequence[Judgement]) -> Outcome:
    step = protocol.steps[first]
    more = [each for one, each in zip(protocol.steps, above, strict=False) if one.disposition != step.disposition]
    open_ = _open(protocol, more)
    return Outcome(step.disposition, step.id, _most(protocol, more) if open_ else step.disposition, open_)


def _most(protocol: Protocol, found: Sequence[Judgement]) -> Disposition:
    return next(one.disposition for one, each in zip(protocol.steps, found, strict=False) if each.value is UNKNOWN)


def _open(protocol: Protocol, found: Sequence[Judgement]) -> tuple[str, ...]:
    """The questions that would settle these, in the order in which they are asked."""
    missing = {name for each in found if each.value is UNKNOWN for name in each.missing}
    return tuple(one.id for one in protocol.questions if one.id in missing)


def is_less(disposition: Disposition, than: Disposition | None) -> bool:
    """Whether this is less urgent."""
    return than is not None and URGENCY.index(disposition) > URGENCY.index(than)
