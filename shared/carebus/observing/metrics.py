"""Every metric of a service, declared once with what it means; none names a patient."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SPANS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Every metric of a service. Labels are services, types, reasons and partitions: never ids or values."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        # Subscriber
        self.handled = self._counter("handled", "Events decided upon.", "type")
        self.passed_over = self._counter("passed_over", "Events of types not heard here.", "type")
        self.ignored = self._counter("ignored", "Events that the rules say have no effect.", "reason")
        self.duplicates = self._counter("duplicates", "Repeated deliveries dropped by their sequence.")
        self.uncompared = self._counter(
            "duplicates_uncompared", "Of these, those too old to be compared with the event that had their sequence."
        )
        self.parked_total = self._counter("parked", "Events taken into custody.", "reason")
        self.fenced = self._counter("fenced", "Batches rolled back because another process had read on.")
        self.retries = self._counter("batch_retries", "Batches run again after a transient error.")
        self.stopped = self._gauge("subscriber_stopped", "1 when the subscriber stopped because most events failed.")
        self.batch_seconds = self._histogram("batch_seconds", "Seconds from a batch's arrival to its commit.")
        self.handler_seconds = self._histogram("handler_seconds", "Seconds per event within its batch.")
        self.hop_seconds = self._histogram(
            "hop_seconds", "Real seconds from an event's commit to its effect's commit here.", "type"
        )
        self.lag_events = self._gauge("lag_events", "Records not handled yet.", "topic", "partition")
        self.topic_partitions = self._gauge(
            "topic_partitions", "Partitions of the topics that it hears: all its processes together read as many."
        )
        self.lag_seconds = self._gauge("lag_seconds", "Age of the last handled record while others wait.")
        # Outbox and relay
        self.outbox_pending = self._gauge("outbox_pending", "Events told but not published yet.")
        self.outbox_age = self._gauge("outbox_age_seconds", "Age of the oldest event not published yet.")
        self.relayed = self._counter("relayed", "Events published and acknowledged.")
        self.relay_errors = self._counter("relay_errors", "Times the relay began again after an error.")
        self.relay_active = self._gauge("relay_active", "1 in the process whose relay publishes.")
        self._declare_custody()
        self._declare_losses()
        self._declare_work()
        self._begin()

    def _declare_custody(self) -> None:
        # Parked and timers
        self.parked_events = self._gauge("parked_events", "Events in custody now.")
        self.parked_streams = self._gauge("parked_streams", "Streams with events in custody now.")
        self.parked_forked = self._gauge("parked_forked", "Of these events, those with the sequence of another.")
        self.timers_overdue = self._gauge("timers_overdue", "Timers that are due and not handled yet.")
        self.timers_held = self._gauge("timers_held", "Due timers of parked streams, held back.")
        self.timers_failed = self._gauge("timers_failed", "Timers that failed and wait for an operator.")
        self.timers_fired = self._counter("timers_fired", "Timers handled.", "type")

    def _declare_losses(self) -> None:
        # What a log or a database has lost
        self.repairs = self._counter("offset_repairs", "Stored offsets found beyond the log's end and set back.")
        self.holes = self._counter("log_holes", "Times that records were deleted before they were read.")
        self.holes_open = self._gauge("log_holes_open", "Holes in the log that no operator has closed.")
        self.waits_on_shortened_log = self._gauge(
            "partitions_waiting", "Partitions that a new service does not read yet, since their first events are gone."
        )
        self.older_database = self._gauge(
            "database_older", "Events on the topics in this service's name that its database has not told."
        )
        self.log_losses = self._counter(
            "log_losses", "Times that the log had lost events which this service had published."
        )

    def _declare_work(self) -> None:
        # Work that waits for somebody, see carebus.web.waiting
        self.waiting = self._gauge("waiting", "What waits for somebody outside, such as a mail server.", "of")
        self.waiting_age = self._gauge("waiting_age_seconds", "How long the first of it has waited.", "of")
        self.late = self._gauge("late", "Of what waits, how much is past its deadline.", "of")
        # The process
        self.loop_age = self._gauge("loop_age_seconds", "Seconds since a loop last made progress.", "loop")
        self.loop_within = self._gauge(
            "loop_within_seconds", "The loop must make progress within so many seconds, or it is stuck.", "loop"
        )
        self.loop_failures = self._gauge("loop_failures", "How often in a row a loop has failed.", "loop")
        self.partitions = self._gauge("partitions", "Partitions that this process reads.")
        self.expires = self._gauge(
            "certificate_expires_timestamp_seconds", "When a certificate that it uses ends.", "certificate"
        )
        # Requests and commands
        self.requests = self._counter("requests", "Requests answered.", "route", "status")
        self.request_seconds = self._histogram("request_seconds", "Seconds from a request to its answer.", "route")
        self.messages = self._counter(
            "hospital_messages",
            "Messages of hospitals answered, by type and code.",
            "type",
            "answer",
        )
        self.numbers_reused = self._counter(
            "hospital_numbers_reused", "Messages under a number that their sender had given to other content before."
        )
        self.message_seconds = self._histogram(
            "hospital_message_seconds", "Seconds from a hospital's message to its answer."
        )
        self.commands = self._counter("commands", "Commands answered.", "command", "outcome")
        self.command_seconds = self._histogram("command_seconds", "Seconds from a command to its commit.", "command")

    def of_standing(self) -> Sequence[tuple[Gauge, str]]:
        """The gauges of what the database tells, each with its name in `carebus.storage.standing`."""
        return (
            (self.parked_events, "parked"),
            (self.parked_streams, "parked_streams"),
            (self.parked_forked, "forked"),
            (self.timers_overdue, "timers_overdue"),
            (self.timers_held, "timers_held"),
            (self.timers_failed, "timers_failed"),
            (self.holes_open, "holes"),
            (self.waits_on_shortened_log, "waits_on_shortened_log"),
            (self.older_database, "older_database"),
        )

    def _begin(self) -> None:
        """What has no labels of its own is there from the start: a rate needs a first value to rise from."""
        for metric in list(vars(self).values()):
            if isinstance(metric, Counter | Gauge | Histogram) and metric._labelnames == ("service",):  # noqa: SLF001
                metric.labels(self._service)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"carebus_{name}", meaning, ("service", *labels), registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"carebus_{name}", meaning, ("service", *labels), registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(f"carebus_{name}", meaning, ("service", *labels), registry=self.registry, buckets=_SPANS)

    def add(self, counter: Counter, *labels: str, by: float = 1) -> None:
        """Count something that happened."""
        counter.labels(self._service, *labels).inc(by)

    def put(self, gauge: Gauge, value: float, *labels: str) -> None:
        """Say how something stands."""
        gauge.labels(self._service, *labels).set(value)

    def forget(self, gauge: Gauge) -> None:
        """Say nothing more of how it stood, whatever its labels."""
        gauge.clear()

    def observe(self, histogram: Histogram, seconds: float, *labels: str) -> None:
        """Measure how long something took."""
        histogram.labels(self._service, *labels).observe(seconds)

    def observe_all(self, histogram: Histogram, many: Sequence[float], *labels: str) -> None:
        """The same of many at once."""
        child = histogram.labels(self._service, *labels)
        for seconds in many:
            child.observe(seconds)

    def total(self, counter: Counter) -> float:
        """The sum of a counter over all its labels."""
        return sum(
            sample.value for metric in counter.collect() for sample in metric.samples if sample.name.endswith("_total")
        )
