"""What must hold of a protocol for every combination of answers, each told in a sentence where it does not.

Each disposition can be reached; each question can change what is proposed; yes to a red flag never lowers it; and a
question that is left open never settles anything that its answer could still raise.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from carebus.reasoning.facts import FactValue
from services.line.domain.protocols.judging import judge
from services.line.domain.protocols.model import OTHERWISE, Protocol
from services.line.domain.protocols.tables import Axis, Reading, Space, read_as_judged, space_of, table_of
from services.line.domain.protocols.telling import told, told_of


@dataclass(frozen=True, slots=True)
class Levels:
    """What is proposed in which combinations. leads: by step.  at_least: this disposition or more.

    settled: this disposition, and no open answer could call for more.
    """

    leads: dict[str, int]
    at_least: dict[str, int]
    settled: dict[str, int]


def faults(protocol: Protocol, reading: Reading = read_as_judged) -> list[str]:
    """All that is wrong with a protocol, a sentence each. Raises TooManyAnswers."""
    space = space_of(protocol)
    levels = levels_of(protocol, space, reading)
    return [
        *_unreached(protocol, space, levels),
        *_dead(protocol, space, levels),
        *_lowered(protocol, space, levels),
        *_taken_for_an_answer(protocol, space, levels),
        *_wrong_examples(protocol),
    ]


def levels_of(protocol: Protocol, space: Space, reading: Reading = read_as_judged) -> Levels:
    """What is proposed in every combination."""
    leads, at_least, settled = dict[str, int](), dict[str, int](), dict[str, int]()
    higher, ruled_out, before = 0, space.all, ""
    held, left = 0, space.all  # one of the steps so far holds; none of them can
    for step, (met, not_met) in zip(protocol.steps, table_of(protocol, space, reading), strict=True):
        if step.disposition != before:
            higher, ruled_out, before = held, left, step.disposition
        leads[step.id] = met & ~held & space.all
        held, left = held | met, left & not_met
        at_least[step.disposition] = held
        settled[step.disposition] = settled.get(step.disposition, 0) | (met & ~higher & ruled_out)
    leads[OTHERWISE] = settled[protocol.otherwise.disposition] = left
    return Levels(leads, at_least, settled)


def _unreached(protocol: Protocol, space: Space, levels: Levels) -> Iterator[str]:
    complete = space.complete()
    for name, where in levels.leads.items():
        step = protocol.step(name)
        if step and not where & complete:
            yield f"No answers lead to {step.disposition} by {name}: it can't hold, or what stands above always does."


def _dead(protocol: Protocol, space: Space, levels: Levels) -> Iterator[str]:
    complete = space.complete()
    for axis in space.axes:
        alike = all(len({_at(space, axis, n, one & complete) for n in _answers(axis)}) == 1 for one in _sets(levels))
        if alike:
            yield f"{told_of(protocol, axis.question)} never changes what is proposed: use it, or leave it out."


def _lowered(protocol: Protocol, space: Space, levels: Levels) -> Iterator[str]:
    for axis in space.axes:
        question = protocol.question(axis.question)
        if question is None or not question.red_flag:
            continue
        yes = axis.values.index(True)
        for disposition, where in levels.at_least.items():
            before = _at(space, axis, 0, where) | _at(space, axis, axis.values.index(False), where)
            if lost := before & ~_at(space, axis, yes, where):
                case = told(protocol, space.first(lost))
                yield f"Yes to {told_of(protocol, axis.question)} lowers what is proposed from {disposition} ({case})."
                break


def _taken_for_an_answer(protocol: Protocol, space: Space, levels: Levels) -> Iterator[str]:
    """What is certain while a question is open must stay true for every answer to it."""
    for axis in space.axes:
        for disposition, where in levels.settled.items():
            blank = _at(space, axis, 0, where)
            lost = [(axis.values[n], blank & ~_at(space, axis, n, where)) for n in _answers(axis)]
            if found := next(((value, left) for value, left in lost if left), None):
                yield _took(protocol, space, axis, disposition, *found)
                break


def _took(  # a sentence has its words
    protocol: Protocol, space: Space, axis: Axis, disposition: str, value: FactValue | None, lost: int
) -> str:
    case = {**space.first(lost), axis.question: value} if value is not None else space.first(lost)
    return (
        f"{told_of(protocol, axis.question)} counts as answered when it is not: {disposition} stands without it,"
        f" and would not with it ({told(protocol, case)})."
    )


def _wrong_examples(protocol: Protocol) -> Iterator[str]:
    shown = {example.step for example in protocol.examples}
    yield from (f"No example shows the step {step.id}." for step in protocol.steps if step.id not in shown)
    for example in protocol.examples:
        if unknown := sorted(example.answers.keys() - protocol.vocabulary.keys()):
            yield f"The example “{example.about}” answers {unknown[0]}, which nobody asks."
            continue
        found = judge(protocol, example.answers)
        if (found.step or None, found.proposed) != (example.step, example.disposition):
            wanted, came = _came(example.disposition, example.step), _came(found.proposed, found.step)
            yield f"The example “{example.about}” is to come to {wanted}, and comes to {came}."


def _came(disposition: str | None, step: str | None) -> str:
    return f"{disposition or 'nothing'} by {step or 'no step'}"


def _sets(levels: Levels) -> list[int]:
    return [*levels.at_least.values()]


def _answers(axis: Axis) -> range:
    return range(1, len(axis.values))


def _at(space: Space, axis: Axis, nth: int, where: int) -> int:
    """The combinations of a set in which the question has its nth value, shown as if it were left open."""
    return (where & space.where(axis, nth)) >> (nth * axis.stride)
