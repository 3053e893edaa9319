"""The mail worker: takes waiting messages, hands them over and records what became of each.

Between the mail server's yes and the commit of the record lies a moment: a process that dies in it sends the
message once more, under the same Message-ID. At least once, never not at all.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from carebus.access import own_work
from carebus.contracts.notifications import FailureReason
from carebus.deciding.commands import Asked
from carebus.decisions import Cause, Reaction, on
from carebus.observing.loops import backoff, pause
from carebus.storage.database import DatabaseAway
from carebus.web.http import Parts
from services.notifications import domain, store
from services.notifications.channels.letters import Letter, Writer
from services.notifications.channels.post import Post, Tried, Verdict
from services.notifications.domain import (
    Family,
    GivenUp,
    HandedOver,
    Lapsed,
    Message,
    ReferrerLetter,
    Referrers,
    SummaryLetter,
    SummaryLetters,
    TeamLetter,
    TeamLetters,
    Withheld,
    pages,
    suppliers,
)
from services.notifications.domain.pages import PageLetter, PageLetters
from services.notifications.domain.suppliers import SupplierLetter, SupplierLetters
from services.notifications.settings import Settings

log = structlog.get_logger()

AT_ONCE = 100
MAIL = "mail"
"""The worker's name."""
AN_HOUR = 3600.0
LONGEST_WAIT_SECONDS = AN_HOUR
_RECORD_TRIES = 8

TO_FAMILY = on(Family, domain.record_sent), on(Family, domain.record_failed)
TO_REFERRER = on(Referrers, domain.record_letter_sent), on(Referrers, domain.record_letter_failed)
OF_SUMMARY = on(SummaryLetters, domain.record_summary_sent), on(SummaryLetters, domain.record_summary_failed)
OF_PAGE = on(PageLetters, pages.record_page_sent), on(PageLetters, pages.record_page_failed)
TO_TEAM = on(TeamLetters, domain.record_team_letter_sent), on(TeamLetters, domain.record_team_letter_failed)
TO_SUPPLIER = (
    on(SupplierLetters, suppliers.record_supplier_letter_sent),
    on(SupplierLetters, suppliers.record_supplier_letter_failed),
)
SETTLED_BY: dict[type[store.Mail], tuple[Reaction, Reaction]] = {
    Message: TO_FAMILY,
    ReferrerLetter: TO_REFERRER,
    SummaryLetter: OF_SUMMARY,
    PageLetter: OF_PAGE,
    TeamLetter: TO_TEAM,
    SupplierLetter: TO_SUPPLIER,
}
"""What records that a letter was taken over, and that it was given up."""

LAPSED = on(Family, domain.record_lapsed)
"""What records that the consent to tell somebody ended while the letter waited."""

WITHHELD = on(Referrers, domain.withhold_letter)
"""What records that an unproven address had its letters of the day."""

Result = HandedOver | GivenUp | Lapsed | Withheld
Record = tuple[Reaction, Result, Cause]


async def deliver(parts: Parts, stop: asyncio.Event) -> None:
    """Send what waits until `stop`; one process only (the kit's lead)."""
    settings = parts.settings
    assert isinstance(settings, Settings)
    post, dispatch, failures = Post(settings), Dispatch(parts, settings), 0
    mail = parts.notices.work(MAIL)
    try:
        while not stop.is_set():
            found = await dispatch.round(post, stop)
            failures = failures + 1 if post.in_trouble else 0
            if failures:
                await pause(backoff(failures, first=min(0.1, settings.mail_retry_seconds)), stop)
            elif not found:
                await mail.wait()
    finally:
        await post.close()


class Dispatch:
    """What is due, and what results come to."""

    def __init__(self, parts: Parts, settings: Settings) -> None:
        self._parts = parts
        self._settings = settings
        self._writer = Writer(
            settings.mail_from,
            settings.help_line,
            settings.private_links,
            summaries=settings.summary_links,
            pages=settings.page_links,
            orders=settings.order_links,
            line_url=settings.line_url,
        )

    async def round(self, post: Post, stop: asyncio.Event) -> int:
        """Try up to a hundred messages once; gives how many were due."""
        now = self._parts.clock.now()
        async with self._parts.database.transaction() as db:
            due = await store.due(db, AT_ONCE)
            withheld = await store.too_many(db, due, now.date())
        lapsed = [one for one in due if isinstance(one.message, Message) and not one.message.may_be_told(now)]
        stays = [*map(self._lapses, lapsed), *map(self._withholds, withheld)]
        letters, unwritable = self._write([one for one in due if one not in lapsed and one not in withheld], now)
        tried = await post.hand_over(letters, stop) if letters else []
        await self._record([*tried, *unwritable], stays)
        return len(due)

    def _write(self, due: Sequence[store.Due], now: datetime) -> tuple[list[Letter], list[Tried]]:
        letters, unwritable = [], []
        for one in due:
            message_id = self._writer.message_id(one.message.notification_id)
            try:
                content = self._writer.write(one.message, now)
            except ValueError:  # not a mailbox after all: nothing that is tried again would change it
                letter = Letter(one.stream, one.message, one.attempts, one.waited_seconds, message_id, b"")
                unwritable.append(Tried(letter, Verdict.REFUSED))
                continue
            letters.append(Letter(one.stream, one.message, one.attempts, one.waited_seconds, message_id, content))
        return letters, unwritable

    async def _record(self, tried: Sequence[Tried], lapsed: Sequence[Record]) -> None:
        """Settle and postpone; patient with an absent database, since what is forgotten here is sent again."""
        records = [*lapsed, *(record for one in tried if (record := self._settles(one)))]
        later = [self._later(one) for one in tried if self._settles(one) is None]
        for attempt in range(_RECORD_TRIES):
            try:
                await self._save(records, later)
                break
            except DatabaseAway:
                if attempt == _RECORD_TRIES - 1:
                    raise
                await asyncio.sleep(backoff(attempt))
        if tried or lapsed:
            log.info("mail_round", settled=len(records), later=len(later))

    async def _save(self, records: Sequence[Record], later: Sequence[store.Later]) -> None:
        failed = set(await self._parts.commands.perform_all(records)) if records else set()
        results = [result for _, result, _ in records]
        settled = [result.notification_id for n, result in enumerate(results) if n not in failed]
        aside = [_aside(results[n]) for n in failed]
        async with self._parts.database.transaction() as db:
            await store.try_later(db, [*later, *aside])
            if settled:
                await store.forget_attempts(db, settled)
        if later:
            self._parts.notices.work(MAIL).give_in(min(one.seconds for one in later))

    def _settles(self, tried: Tried) -> Record | None:
        letter = tried.letter
        sent_to, given_up_to = SETTLED_BY[type(letter.message)]
        made, notification_id = letter.attempts + 1, letter.message.notification_id
        if tried.verdict is Verdict.TAKEN:
            sent = HandedOver(notification_id=notification_id, message_id=letter.message_id, attempts=made)
            return sent_to, sent, self._cause(letter)
        if tried.verdict is Verdict.REFUSED:
            refused = GivenUp(notification_id=notification_id, reason=FailureReason.REJECTED, attempts=made)
            return given_up_to, refused, self._cause(letter)
        if made >= self._settings.mail_attempts or letter.waited_seconds >= self._settings.mail_hours * AN_HOUR:
            given_up = GivenUp(notification_id=notification_id, reason=FailureReason.UNREACHABLE, attempts=made)
            return given_up_to, given_up, self._cause(letter)
        return None

    def _later(self, tried: Tried) -> store.Later:
        made = tried.letter.attempts
        seconds = backoff(made, first=self._settings.mail_retry_seconds, most=LONGEST_WAIT_SECONDS)
        return store.Later(tried.letter.message.notification_id, made + 1, seconds)

    def _lapses(self, due: store.Due) -> Record:
        return LAPSED, Lapsed(notification_id=due.message.notification_id), self._cause(due)

    def _withholds(self, due: store.Due) -> Record:
        return WITHHELD, Withheld(notification_id=due.message.notification_id), self._cause(due)

    def _cause(self, letter: Letter | store.Due) -> Cause:
        message = letter.message
        asked = Asked(None, own_work("mail"), message.correlation_id, message.traceparent)
        return self._parts.commands.cause(letter.stream, asked, "mail")


def _aside(result: Result) -> store.Later:
    """What became of this message could not be kept: it waits as long as any, so that it holds up no other."""
    attempts = 0 if isinstance(result, Lapsed | Withheld) else result.attempts
    return store.Later(result.notification_id, attempts, LONGEST_WAIT_SECONDS)
