"""What a new version of a protocol changes: over every combination of the questions of both, what is proposed."""

from carebus.reasoning.proving import ChangedOutcome, RuleChange
from services.line.domain.protocols.model import Protocol
from services.line.domain.protocols.proofs import levels_of
from services.line.domain.protocols.tables import Space, space_of
from services.line.domain.protocols.telling import told

NOTHING = "nothing yet"


def difference(old: Protocol, new: Protocol) -> RuleChange:
    """What the new one changes; the most common change first. Raises TooManyAnswers."""
    space = space_of(old, new)
    before, after = _by_disposition(old, space), _by_disposition(new, space)
    changes = [
        ChangedOutcome(was, now, both.bit_count(), told(new, space.first(both)))
        for was, where in before.items()
        for now, there in after.items()
        if was != now and (both := where & there)
    ]
    asked = [[one.id for one in protocol.questions] for protocol in (old, new)]
    return RuleChange(
        dropped=tuple(name for name in asked[0] if name not in asked[1]),
        added=tuple(name for name in asked[1] if name not in asked[0]),
        outcomes=tuple(sorted(changes, key=lambda one: -one.combinations)),
        combinations=space.size,
    )


def _by_disposition(protocol: Protocol, space: Space) -> dict[str, int]:
    """In which combinations which disposition is proposed."""
    found, left = dict[str, int](), space.all
    for name, where in levels_of(protocol, space).leads.items():
        step = protocol.step(name)
        assert step is not None, "its own steps"
        found[step.disposition] = found.get(step.disposition, 0) | where
        left &= ~where
    return {**found, NOTHING: left}
