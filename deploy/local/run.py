"""One run from the first process to the last: everything is started, the clinic plays, the summary is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.local.acting import Acting
from deploy.local.clinic import Clinic
from deploy.local.clock import SimulatedClock
from deploy.local.commands import Commands, commands_to
from deploy.local.display import Display, View
from deploy.local.editing import renew_on_save
from deploy.local.failures import LocalServerError
from deploy.local.fleet import Fleet
from deploy.local.inbox import Inbox
from deploy.local.options import Options
from deploy.local.progress import Progress
from deploy.local.start import Start, failing_plainly
from deploy.local.summary import Pace, Summary, reasons, told
from deploy.local.supervisor import Supervisor
from deploy.local.synthea import Sample
from deploy.local.watch import Counts, Picture, Watch

SHOW_EVERY_S = 0.5
LOOK_EVERY_S = 1.0
REST_S = 5.0
"""While nothing changes the services are asked less and less often, but every five seconds."""
SETTLING_S = 60.0


@dataclass
class Run:
    """A run with these options, shown on a display."""

    options: Options
    display: Display
    supervisor: Supervisor = field(init=False)
    _fleet: Fleet = field(init=False)
    _watch: Watch = field(init=False)
    _acting: Acting = field(init=False)
    _inbox: Inbox = field(init=False)
    _pace: Pace = field(default_factory=Pace)
    _progress: Progress = field(default_factory=Progress)
    _clock: SimulatedClock | None = None
    _picture: Picture | None = None
    _before: tuple[int, int] = (0, 0)
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Prepare; nothing is started yet."""
        self.supervisor = Supervisor(self.display.say)
        self._fleet = Fleet(self.options)
        self._acting = self._fleet.acting()
        self._watch = Watch(self._fleet.addresses, self._fleet.operators, self._acting)
        self._inbox = Inbox(self.options.inbox)

    async def play(self) -> int:
        """Run until done, or for ever unless told to end then; returns the exit code.

        Raises a `LocalServerError` that says why it could not go on. Everything started still runs then: `end` it.
        """
        try:
            async with failing_plainly(), asyncio.TaskGroup() as beside:
                tasks = [beside.create_task(work) for work in (self.supervisor.lost(), self._show())]
                summary = await self._story()
                for task in tasks:
                    task.cancel()
        except LocalServerError as failed:
            if self._picture is not None:
                self._write(self._summary(self._picture, [sentence(failed)]))
            raise
        return 1 if summary.reasons else 0

    async def end(self) -> None:
        """Stop everything this run has started."""
        self.display.close()
        await self.supervisor.stop()
        await self._watch.close()
        await self._acting.close()

    async def _story(self) -> Summary:
        sample = Sample() if self.options.feed == "sample" else None
        clock = self._clock = SimulatedClock(self.options.clock_file, sample.opens_at if sample else datetime.now(UTC))
        await Start(self.options, self._fleet, self.supervisor, self._watch, self.display.say).everything()
        self.display.say(f"Carebus is up: {self.pages['Start']}. {self._fleet.how_to_sign_in}")
        async with (
            commands_to(self._fleet.addresses, self._progress, self._acting) as commands,
            asyncio.TaskGroup() as beside,
        ):
            tasks = [beside.create_task(clock.keep())]
            if self.options.edited:
                renewing = renew_on_save(self.options.edited, self.supervisor, self.display.say)
                tasks.append(beside.create_task(renewing))
            self._picture = await self._watch.look()
            self._before = self._mail_and_notified(self._picture.counts)
            stuck = await self._clinic(sample, commands, clock) if sample else []
            summary = await self._sum_up(stuck)
            if not self.options.until_done:
                await asyncio.Event().wait()
            for task in tasks:
                task.cancel()
        return summary

    async def _clinic(self, sample: Sample, commands: Commands, clock: SimulatedClock) -> list[str]:
        """Play the sample; returns why that could not be done to the end."""
        try:
            patients, day_s = sample.patients(), self.options.day_s
            joined = self._fleet.joined(self._inbox)
            await Clinic(patients, commands, clock, self._watch, self._progress, day=day_s, joined=joined).run()
        except LocalServerError as failed:  # everything stays up, to be looked at
            return [sentence(failed)]
        return []

    async def _sum_up(self, stuck: list[str]) -> Summary:
        """Look once more, until nothing is on its way or it has been for too long."""
        deadline = time.monotonic() + SETTLING_S
        while True:
            self._picture = await self._watch.look()
            self._pace.add(self._picture.at, self._picture.counts)
            found = stuck + reasons(self._picture, self._missing_mail())
            if not found or stuck or time.monotonic() > deadline:
                break
            await asyncio.sleep(SHOW_EVERY_S)
        summary = self._summary(self._picture, found)
        self._write(summary)
        self.display.say(told(summary, stays=not self.options.until_done))
        return summary

    @property
    def pages(self) -> Mapping[str, str]:
        """What there is to look at."""
        start = self._fleet.front
        return {"Start": start, **self._fleet.pages, "Inbox": f"{start}/inbox"}

    def _summary(self, picture: Picture, found: list[str]) -> Summary:
        return Summary(
            feed=self.options.feed,
            seconds=time.monotonic() - self._began,
            picture=picture,
            rates=self._pace.overall(),
            commands=self._progress.commands,
            mail=self._inbox.counts(),
            restarts={member.name: member.restarts for member in self.supervisor.members},
            pages=self.pages,
            signing_in=self._fleet.how_to_sign_in,
            logs=self.options.logs,
            reasons=found,
        )

    def _write(self, summary: Summary) -> None:
        if self.options.summary:
            summary.write(self.options.summary)

    def _mail_and_notified(self, counts: Counts | None) -> tuple[int, int]:
        return self._inbox.counts()[1], counts.notified if counts else 0

    def _missing_mail(self) -> int:
        """How many messages were told of as sent and are not in the inbox."""
        mail, notified = self._mail_and_notified(self._picture.counts if self._picture else None)
        # The databases may be older than this inbox, and a message may be older than the news of it.
        return max(0, min(notified - mail, notified - self._before[1] - (mail - self._before[0])))

    def _doing(self) -> str:
        if self._picture is None or self._clock is None or self.options.feed == "none":
            return ""
        return f"{self._progress.doing} It is {self._clock.now():%a %-d %b %Y, %H:%M} UTC in the clinic."

    async def _show(self) -> None:
        looked, every_s = 0.0, LOOK_EVERY_S
        while True:
            if self._picture is not None and time.monotonic() - looked >= every_s:
                looked = time.monotonic()
                before, self._picture = self._picture, await self._watch.look_again(self._picture)
                self._pace.add(self._picture.at, self._picture.counts)
                every_s = min(REST_S, 2 * every_s) if self._picture == before else LOOK_EVERY_S
            self.display.show(View(self.supervisor.members, self._picture, self._pace.now(), self._doing()))
            await asyncio.sleep(SHOW_EVERY_S)


def sentence(failed: LocalServerError) -> str:
    """What went wrong, without the line breaks its wording was typed with."""
    return str(failed).replace("\n    ", " ")
