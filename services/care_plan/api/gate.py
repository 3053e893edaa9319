"""The gate before a private page: its link names nobody, and the patient's date of birth opens it for half an hour."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from carebus.deciding.commands import Asked
from carebus.storage.database import Connection
from carebus.web import Form
from carebus.web.http import Parts, asked_by
from carebus.web.links import at
from carebus.web.private_links import PrivateLinks
from services.care_plan.access import BY_LINK
from services.care_plan.settings import Settings

OPEN_SECONDS = 1800
TRIES = 5
"""At the date of birth: guessing it takes thousands (some 36,000 days of a long life)."""
HIDDEN = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer"}
LABELS = {"birth_date": "Date of birth"}


@dataclass(frozen=True, slots=True)
class Led:
    """What a link leads to: the page's path in this service, the link's id, whose it is, and wrong tries so far."""

    page: str
    link_id: UUID
    patient_id: UUID
    failed: int

    @property
    def locked(self) -> bool:
        """Whether too many wrong dates of birth were typed."""
        return self.failed >= TRIES


@dataclass(frozen=True, slots=True)
class Gate:
    """One kind of private page. take_try: counts a try, None when there are no more; give_back: all are there again."""

    beneath: str
    cookie: str
    salt: str
    question: str
    take_try: Callable[[Connection, UUID, int], Awaitable[int | None]]
    give_back: Callable[[Connection, UUID], Awaitable[None]]

    def read(self, parts: Parts, token: str) -> UUID | None:
        """The id in a link; None in one that we did not make, or where there are none."""
        secret = secret_of(parts)
        return PrivateLinks(secret, "").read(token) if secret else None

    def path(self, parts: Parts, link_id: UUID) -> str:
        """The path of the page that this link opens; empty where there are no private links."""
        secret = secret_of(parts)
        return PrivateLinks(secret, self.beneath).address(link_id) if secret else ""

    def is_open(self, request: Request, parts: Parts, led: Led) -> bool:
        """Whether the date of birth was given here."""
        try:
            said = self._signer(parts).loads(request.cookies.get(self.cookie, ""), max_age=OPEN_SECONDS)
        except BadData:
            return False
        return bool(said == led.link_id.hex)

    async def tried(self, request: Request, parts: Parts, led: Led, born: date, known: date | None) -> Response:
        """The page, if this is the date of birth; else the question again, as often as it may be tried."""
        async with parts.database.transaction() as db:
            used = await self.take_try(db, led.link_id, TRIES)
        if used and born == known:
            async with parts.database.transaction() as db:
                await self.give_back(db, led.link_id)
            return self._opens(request, parts, led)
        now = replace(led, failed=used or TRIES)
        left = TRIES - now.failed
        times = f"{left} more time{'s' if left > 1 else ''}"
        return self.asks(request, parts, now, f"This is not the date of birth of the person. You can try {times}.")

    def asks(self, request: Request, parts: Parts, led: Led, error: str = "") -> HTMLResponse:
        """The question for the date of birth."""
        form = Form.blank(LABELS)
        form = form.refused({"birth_date": error}) if error else form
        status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
        status = HTTPStatus.TOO_MANY_REQUESTS if led.locked else status
        return render(request, parts, led, self.question, status, form=form, locked=led.locked)

    def closes(self, request: Request, parts: Parts, led: Led) -> Response:
        """Forget that the date of birth was given here."""
        answer = RedirectResponse(at(request, led.page), HTTPStatus.SEE_OTHER)
        answer.delete_cookie(self.cookie, **_cookie(request, parts, led))
        return answer

    def _opens(self, request: Request, parts: Parts, led: Led) -> Response:
        answer = RedirectResponse(at(request, led.page), HTTPStatus.SEE_OTHER)
        said = self._signer(parts).dumps(led.link_id.hex)
        answer.set_cookie(self.cookie, said, max_age=OPEN_SECONDS, **_cookie(request, parts, led))
        return answer

    def _signer(self, parts: Parts) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(secret_of(parts), salt=self.salt)


def render(
    request: Request, parts: Parts, led: Led, name: str, status: int = HTTPStatus.OK, **shown: Any
) -> HTMLResponse:
    """A page for people outside: without our menu, and for no search engine."""
    return parts.pages.render(request, name, status, HIDDEN, menu=(), links=(), page=led.page, **shown)


def by_link(request: Request, key: str) -> Asked:
    """A command of whoever holds the private link."""
    return replace(asked_by(request, key), caller=BY_LINK)


def secret_of(parts: Parts) -> str:
    """What private links are made with; empty where there are none."""
    assert isinstance(parts.settings, Settings)
    secret = parts.settings.summary_link_secret
    return secret.get_secret_value() if secret else ""


def _cookie(request: Request, parts: Parts, led: Led) -> dict[str, Any]:
    over_https = (parts.settings.public_url or str(request.url)).startswith("https:")
    return {"path": at(request, led.page), "secure": over_https, "httponly": True, "samesite": "strict"}
