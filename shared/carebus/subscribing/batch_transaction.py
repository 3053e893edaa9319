"""One transaction of a batch: its locks and marks, what becomes of each arrival in turn, and what is saved."""

from collections.abc import Sequence
from datetime import datetime

from carebus.contracts import EVENTS
from carebus.contracts.envelope import Envelope
from carebus.decisions import Reaction
from carebus.errors import rule_of
from carebus.records import Partition
from carebus.storage import parked, streams
from carebus.storage.database import Connection
from carebus.storage.parked import Parked, Reason
from carebus.storage.watermarks import Turn, Watermarks
from carebus.subscribing.arrivals import Arrival
from carebus.subscribing.handled import Handled
from carebus.subscribing.interpreting import Interpreter

TOO_EARLY = "what it follows from has not come yet"


class BatchTransaction:
    """The working memory of one transaction."""

    def __init__(self, interpreter: Interpreter, now: datetime, from_first: set[Partition]) -> None:
        self._interpreter = interpreter
        self._now = now
        self._from_first = from_first
        self._failed: set[str] = set()
        self._gaps: dict[str, set[str]] = {}
        self._waiting: set[str] = set()
        self._behind: set[str] = set()
        self._custody: list[Parked] = []
        self.handled = Handled()

    async def prepare(self, db: Connection, arrivals: Sequence[Arrival]) -> None:
        heard = await self.lock(db, arrivals)
        places = [(kind, kind.LIVES_ON or envelope.subject) for envelope, reaction in heard for kind in reaction.states]
        await self._deciding.load(db, places)

    async def lock(self, db: Connection, arrivals: Sequence[Arrival]) -> list[tuple[Envelope, Reaction]]:
        """Lock the streams and look where they stand, but load no state; gives what is heard of the arrivals."""
        for arrival in arrivals:
            self._interpreter.look_at_source(arrival)
        heard = [(a.envelope, r) for a in arrivals if a.envelope and (r := self._interpreter.reaction(a))]
        envelopes = [a.envelope for a in arrivals if a.envelope and not self._interpreter.is_echo(a.envelope.source)]
        wanted = {stream for envelope, reaction in heard for stream in reaction.streams(envelope.subject)}
        self._deciding = self._interpreter.deciding(await streams.lock(db, wanted))
        causes = {
            (e.follows[0], e.subject) for e in envelopes if e.follows and not self._interpreter.is_echo(e.follows[0])
        }
        self._marks = await Watermarks.load(db, {(e.source, e.subject) for e in envelopes} | causes)
        for stream, state in (await parked.blocked(db, {e.subject for e in envelopes})).items():
            self._waiting.add(stream)
            self._gaps[stream] = set(state.gaps)
            if state.failed:
                self._failed.add(stream)
            if state.behind:
                self._behind.add(stream)
        return heard

    def take(self, arrival: Arrival) -> None:
        envelope = arrival.envelope
        if envelope is None:
            self._park(arrival, Reason.MALFORMED, arrival.fault)
            return
        if self._interpreter.is_echo(envelope.source):
            self.handled.passed_over[_label(envelope.type)] += 1
            return
        from_first = self._is_from_first(arrival)
        turn = self._turn_of(envelope, from_first=from_first)
        if turn is Turn.NEXT:
            self._move(envelope)
            self._take_next(arrival, from_first=from_first)
        elif turn is Turn.GAP:
            self._park(arrival, Reason.GAP, "an earlier event of its source is missing")
        elif turn is Turn.FORK:
            self._park(arrival, Reason.FORKED, "another event of its source has had its sequence")
        else:
            self.handled.repeats += 1
            self.handled.uncompared += turn is Turn.OLD

    def _is_from_first(self, arrival: Arrival) -> bool:
        return (arrival.topic, arrival.partition) in self._from_first

    def _turn_of(self, envelope: Envelope, *, from_first: bool) -> Turn:
        return self._marks.turn_of(
            envelope.source, envelope.subject, envelope.sequence, envelope.id, from_first=from_first
        )

    def _move(self, envelope: Envelope) -> None:
        self._marks.move(envelope.source, envelope.subject, envelope.sequence, envelope.id)

    def retry(self, arrival: Arrival, reason: Reason) -> None:
        """Handle an event that was in custody. One without a stream, or with a gap, has not moved its mark yet."""
        if reason is Reason.MALFORMED:
            self.take(arrival)
            return
        self._failed.clear()
        self._waiting.clear()
        if reason is Reason.GAP:
            self.take(arrival)
        elif reaction := self._interpreter.reaction(arrival):
            if reason is Reason.EARLY and self._is_early(arrival, from_first=True):
                self._park(arrival, Reason.EARLY, TOO_EARLY)
            else:
                self._decide(arrival, reaction)

    def _take_next(self, arrival: Arrival, *, from_first: bool) -> None:
        envelope = arrival.envelope
        assert envelope is not None
        gaps = self._gaps.get(envelope.subject, set())
        first = gaps == {envelope.source} and envelope.subject not in self._behind  # all that waits, waits for it
        if envelope.source in gaps:
            self.handled.filled.add(envelope.subject)
        reaction = self._interpreter.reaction(arrival)
        if reaction is None:
            self.handled.passed_over[_label(envelope.type)] += 1
        elif self._is_early(arrival, from_first=from_first):
            self._park(arrival, Reason.EARLY, TOO_EARLY)
        elif envelope.subject in self._failed or (envelope.subject in self._waiting and not first):
            self._park(arrival, Reason.BEHIND, "an earlier event of its stream is parked")
        else:
            self._decide(arrival, reaction)

    def _is_early(self, arrival: Arrival, *, from_first: bool) -> bool:
        """Whether what it follows from has neither been handled here nor come at all: a mended log may be so."""
        if (envelope := arrival.envelope) is None or envelope.follows is None:
            return False
        source, sequence = envelope.follows
        return not self._interpreter.is_echo(source) and self._marks.misses(
            source, envelope.subject, sequence, from_first=from_first
        )

    def _decide(self, arrival: Arrival, reaction: Reaction) -> None:
        try:
            item = self._interpreter.item(arrival, reaction, self._now)
        except Exception as exc:
            self._park(arrival, Reason.INVALID_BODY, rule_of(exc))
            return
        try:
            decision = self._deciding.decide(item)
        except Exception as exc:
            self._park(arrival, Reason.DECISION_FAILED, rule_of(exc))
            return
        self.handled.outcomes.append(True)
        self.handled.decided.append(arrival)
        self.handled.told += len(decision.events)
        if decision.ignored:
            self.handled.ignored[decision.ignored] += 1

    def refuse(self, arrival: Arrival, reason: Reason, rule: str) -> None:
        """Park without deciding: what follows from it could not be saved, or what it needs not be loaded."""
        envelope = arrival.envelope
        if envelope and self._turn_of(envelope, from_first=self._is_from_first(arrival)) is not Turn.NEXT:
            self.take(arrival)  # then nothing is decided either
            return
        if envelope:
            self._move(envelope)
        self._park(arrival, reason, rule)

    def _park(self, arrival: Arrival, reason: Reason, rule: str) -> None:
        self._custody.append(arrival.parked(reason, rule))
        self.handled.failure = (reason, rule)
        self.handled.parked[reason] += 1
        if reason not in parked.WAITING and reason not in parked.FOREIGN:
            self.handled.outcomes.append(False)
        if arrival.envelope:
            self._waiting.add(arrival.envelope.subject)
            if reason is Reason.GAP:
                self._gaps.setdefault(arrival.envelope.subject, set()).add(arrival.envelope.source)
            elif reason in {Reason.BEHIND, Reason.EARLY}:
                self._behind.add(arrival.envelope.subject)
            else:
                self._failed.add(arrival.envelope.subject)

    async def save(self, db: Connection) -> None:
        await self._deciding.save(db)
        await self._marks.save(db)
        await parked.park(db, self._custody)
        self.handled.made = self._deciding.made()


def _label(type_name: str) -> str:
    """A type's name for a metric. All types outside the contracts count as one, since anyone may have written them."""
    return EVENTS[type_name].__name__ if type_name in EVENTS else "unknown"
