"""Writes a message as an e-mail: plain words, the minimum necessary, the same bytes each time for the same message."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from carebus.contracts.care_plan import VisitMode
from carebus.contracts.event import Stream
from carebus.contracts.notifications import Topic
from carebus.contracts.people import Role
from carebus.web.private_links import PrivateLinks
from services.notifications.channels.statuses import CONTINUED, STATUSES
from services.notifications.domain import Message, ReferrerLetter, SummaryLetter, TeamLetter, TeamTopic
from services.notifications.domain.messages import News
from services.notifications.domain.pages import PageLetter
from services.notifications.domain.suppliers import SupplierLetter
from services.notifications.store import Mail

ROLES = {
    Role.DOCTOR: "doctor",
    Role.ADVANCED_PRACTICE_PROVIDER: "care provider",
    Role.NURSE: "nurse",
    Role.SOCIAL_WORKER: "social worker",
}
SUBJECTS = {
    Topic.CARE_TEAM: "Your loved one's care team",
    Topic.VISIT_PLANNED: "A visit is planned",
    Topic.VISIT_DONE: "A visit took place",
}
"""They show on locked screens, so they name nobody."""
SENDERS: dict[type[Mail], str] = {
    Message: "Carebus care team",
    ReferrerLetter: "Carebus referrals",
    SummaryLetter: "Carebus care team",
    PageLetter: "Carebus line",
    TeamLetter: "Carebus line",
    SupplierLetter: "Carebus care team",
}
TO_TEAM = {
    TeamTopic.ADMITTED: ("A patient is in hospital", "A hospital tells that a patient of yours was admitted."),
    TeamTopic.EMERGENCY: (
        "A patient is in an emergency department",
        "A hospital tells that a patient of yours came to its emergency department.",
    ),
    TeamTopic.DISCHARGED: (
        "A patient left hospital",
        "A hospital tells that a patient of yours has left. Somebody is to speak with them within two days.",
    ),
    TeamTopic.DEATH_REPORTED: (
        "A report from a hospital",
        "A hospital reports a death. Care is on hold until somebody has confirmed or dismissed it.",
    ),
}
"""Subject and sentence of letters to care teams."""
DOES = {
    VisitMode.HOME: ("visit {} at home", "visited {} at home"),
    VisitMode.PHONE: ("call {} on the phone", "called {} on the phone"),
    VisitMode.VIDEO: ("see {} on a video call", "saw {} on a video call"),
}

_TEMPLATES = Path(__file__).parent.parent / "templates" / "mail"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready for SMTP."""

    stream: Stream
    message: Mail
    attempts: int
    waited_seconds: float
    message_id: str
    content: bytes


class Writer:
    """Writes letters from one sender, with one phone line to call."""

    def __init__(
        self,
        sender: str,
        help_line: str | None,
        links: PrivateLinks | None = None,
        *,
        summaries: PrivateLinks | None = None,
        pages: PrivateLinks | None = None,
        orders: PrivateLinks | None = None,
        line_url: str = "",
    ) -> None:
        self.sender = sender
        self._links = links
        self._summaries = summaries
        self._pages = pages
        self._orders = orders
        self._line_url = line_url.rstrip("/")
        self._texts = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=select_autoescape(["html"]),
            keep_trailing_newline=True,
        )
        self._texts.globals.update(roles=ROLES, help_line=help_line)

    def write(self, message: Mail, now: datetime) -> bytes:
        """The e-mail. Raises ValueError when a header would not be one line or an address not an address."""
        mail = EmailMessage(policy=SMTP if message.recipient.address.isascii() else SMTPUTF8)
        mail["From"] = Address(SENDERS[type(message)], addr_spec=self.sender)
        mailbox, _, domain = message.recipient.address.rpartition("@")
        called = _one_line(message.recipient.name) if isinstance(message, Message) else ""  # an outsider typed it
        mail["To"] = Address(called, mailbox, domain)
        mail["Subject"] = _subject(message)
        mail["Date"] = now
        mail["Message-ID"] = self.message_id(message.notification_id)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self.text(message, now))
        mail.add_alternative(self.text(message, now, "html"), subtype="html")
        mail.set_boundary(f"=_{message.notification_id.hex}")
        return mail.as_bytes()

    def message_id(self, notification_id: UUID) -> str:
        """The same for every attempt, so that the receiver can tell a repeat."""
        return f"<{notification_id}@{self.sender.partition('@')[2]}>"

    def text(self, message: Mail, now: datetime, kind: str = "txt") -> str:
        """What a message says. A time that has passed by now is told as past."""
        if isinstance(message, ReferrerLetter):
            return self._to_referrer(message, kind)
        if isinstance(message, SummaryLetter):
            return self._of_summary(message, kind)
        if isinstance(message, PageLetter):
            return self._page(message, kind)
        if isinstance(message, TeamLetter):
            return self._to_team(message, kind)
        if isinstance(message, SupplierLetter):
            return self._to_supplier(message, kind)
        news, patient = message.news, _one_line(message.patient_name)
        does, did = DOES[news.mode or VisitMode.HOME]
        return self._texts.get_template(f"{message.template.replace('/', '.')}.{kind}").render(
            to=_first_name(message.recipient.name),
            patient=patient,
            people=news.people,
            does=does.format(patient),
            did=did.format(patient),
            minutes=news.minutes,
            past=(latest := news.arrives_until or news.at) is not None and latest <= now,
            at=_when(news, message),
            on=_day(news.at, message.recipient.zone) if news.at else "",
        )

    def _to_referrer(self, letter: ReferrerLetter, kind: str) -> str:
        return self._texts.get_template(f"referrer.1.{kind}").render(
            reference=letter.reference,
            status=STATUSES.get(letter.referral_status, STATUSES[""]),
            continued=CONTINUED.get(letter.continued, ""),
            asked_for=letter.asked_for,
            link=self._links.address(letter.link.link_id) if self._links else None,
        )

    def _of_summary(self, letter: SummaryLetter, kind: str) -> str:
        link = self._summaries.address(letter.sending_id) if self._summaries else None
        return self._texts.get_template(f"summary.1.{kind}").render(link=link)

    def _page(self, letter: PageLetter, kind: str) -> str:
        link = self._pages.address(letter.link_id) if self._pages else None
        return self._texts.get_template(f"page.1.{kind}").render(link=link, asked_again=letter.asked_again)

    def _to_supplier(self, letter: SupplierLetter, kind: str) -> str:
        link = self._orders.address(letter.link_id) if self._orders else None
        return self._texts.get_template(f"supplier.1.{kind}").render(link=link)

    def _to_team(self, letter: TeamLetter, kind: str) -> str:
        link = f"{self._line_url}/patients/{letter.patient_id}" if self._line_url else None
        return self._texts.get_template(f"team.1.{kind}").render(says=TO_TEAM[letter.topic][1], link=link)


def _subject(message: Mail) -> str:
    if isinstance(message, TeamLetter):
        return TO_TEAM[message.topic][0]
    if isinstance(message, PageLetter):
        return "The line needs you"
    if isinstance(message, SummaryLetter):
        return "A visit summary for you"
    if isinstance(message, SupplierLetter):
        return "An order of equipment for you"
    return SUBJECTS[message.topic] if isinstance(message, Message) else f"Your referral {message.reference}"


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _first_name(name: str) -> str:
    return _one_line(name).partition(" ")[0]


def _day(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%A, %B %-d")


def _time(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%-I:%M %p %Z")


def _when(news: News, message: Message) -> str:
    """Day and time, or between which times, on the reader's clock; also on the patient's where that differs."""
    if news.at is None:
        return ""
    here, there = message.recipient.zone, message.patient_zone
    first, last = news.arrives_from or news.at, news.arrives_until
    words = f"{_day(first, here)} {_hours(first, last, here)}"
    if first.astimezone(ZoneInfo(here)).utcoffset() == first.astimezone(ZoneInfo(there)).utcoffset():
        return words
    return f"{words} ({_hours(first, last, there).removeprefix('at ')} where {_one_line(message.patient_name)} lives)"


def _hours(first: datetime, last: datetime | None, zone: str) -> str:
    if last is None:
        return f"at {_time(first, zone)}"
    return f"between {first.astimezone(ZoneInfo(zone)):%-I:%M %p} and {_time(last, zone)}"
