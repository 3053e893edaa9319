"""The start page of a local run, its front door and its mail inbox's pages, `python -m deploy.local.portal`."""

from __future__ import annotations

import ast
import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from carebus.web import Link, Pages, install_problems, pages
from carebus.web.links import parsed
from carebus.web.server import serve
from deploy.catalogue import page as catalogue
from deploy.local.front_door import FrontDoor
from deploy.local.inbox import Inbox
from deploy.local.menu import label_of, services_of
from deploy.local.watch import Status, Watch

TEMPLATES = Path(__file__).with_name("templates")
PAGE_LENGTH = 50
ABOUT = {
    "referral": ("Referral", "Takes in referrals and decides who is accepted.", "/refer", "Make a referral"),
    "care_plan": (
        "Care plan",
        "Assigns a care team, plans the visits and keeps what was seen.",
        "/roster",
        "See the roster",
    ),
    "notifications": ("Notifications", "Tells the families who want to be told.", None, None),
    "outcomes": ("Outcomes", "Counts the outcomes of care, from events alone.", None, None),
    "wishes": ("Wishes", "Keeps what patients want, who decides for them, and the papers that say so.", None, None),
    "equipment": ("Equipment", "Keeps what patients have at home: asked for, paid, delivered, fetched.", None, None),
    "line": ("Line", "Answers the phone day and night, with a sheet of every patient.", None, None),
    "audit": ("Audit", "Keeps who did and saw what, and checks that nothing of it was changed.", None, None),
}
MENU = (Link("Overview", "/"), Link("Events", "/events"), Link("Inbox", "/inbox"))


@dataclass(frozen=True)
class Card:
    """What the start page says of one service."""

    name: str
    title: str
    about: str
    href: str
    status: Status
    further: Link | None = None

    @property
    def state(self) -> tuple[str, str]:
        """Its state in a word, and the tone to say it in."""
        if not self.status.answers:
            return "does not answer", "bad"
        if self.status.stopped:
            return "stopped", "bad"
        return ("ready", "good") if self.status.ready else ("not ready", "warn")


def portal(
    services: Callable[[], Mapping[str, str]],
    inbox: Inbox,
    shown: Pages,
    behind: Mapping[str, str] = MappingProxyType({}),
    operators: Callable[[], Mapping[str, str]] = dict,
    signing_in: str = "",
) -> FastAPI:
    """The application: it shows the `services` that there are now, and reads messages from `inbox`.

    They are asked how they are where `operators` reach them; those `behind` its front door (name to own address) are
    shown below their prefixes. `signing_in` says to whoever looks how to sign in.
    """
    watch = Watch({}, {})

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await watch.close()

    app = FastAPI(title="Carebus, local run", lifespan=lifespan, docs_url=None, redoc_url=None)
    install_problems(app, pages=shown)
    shown.install(app)
    app.add_middleware(FrontDoor, services=behind, pages=shown)
    _serve_all_events(app, shown)

    @app.get("/health/live")
    @app.get("/health/ready")
    async def alive() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/api/inbox")
    def inbox_counts() -> dict[str, int]:
        messages, distinct = inbox.counts()
        return {"messages": messages, "distinct": distinct}

    @app.get("/")
    async def start(request: Request) -> HTMLResponse:
        there = services()
        watch.operators = operators()
        statuses = await watch.statuses()
        away = Status(service="", answers=False)
        cards = [card(name, where, statuses.get(name, away)) for name, where in there.items()]
        mail = await asyncio.to_thread(inbox.counts)
        return shown.render(request, "start.html", cards=cards, mail=mail, signing_in=signing_in)

    @app.get("/inbox")
    def messages(request: Request, page: Annotated[int, Query(ge=1)] = 1) -> HTMLResponse:
        headers = inbox.headers()
        last = max(1, -(-len(headers) // PAGE_LENGTH))
        page = min(page, last)
        shown_now = headers[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH]
        return shown.render(request, "inbox.html", messages=shown_now, counts=inbox.counts(), page=page, last=last)

    @app.get("/inbox/{name}")
    def message(request: Request, name: str) -> HTMLResponse:
        found = inbox.message(name)
        if found is None:
            raise HTTPException(404)
        header, full = found
        return shown.render(request, "message.html", header=header, sender=str(full["from"] or ""), text=text_of(full))

    return app


def _serve_all_events(app: FastAPI, shown: Pages) -> None:
    @app.get("/events")
    def events(request: Request) -> HTMLResponse:
        return shown.render(request, catalogue.NAME, **catalogue.context())


def card(name: str, where: str, status: Status) -> Card:
    """What the start page says of the service `name` at address `where`."""
    title, about, path, label = ABOUT.get(name, (label_of(name), _about(name), None, None))
    further = Link(label, where + path) if path and label else None
    return Card(name, title, about, where, status, further)


@cache
def _about(name: str) -> str:
    """What a service that was added says of itself: the first line of its package."""
    spec = find_spec(f"services.{name}") if name.isidentifier() else None
    said = ast.get_docstring(ast.parse(Path(spec.origin).read_text())) if spec and spec.origin else None
    return said.splitlines()[0] if said else ""


def text_of(message: EmailMessage) -> str:
    """The readable part of a message."""
    body = message.get_body(preferencelist=("plain", "html"))
    return str(body.get_content()) if body is not None else ""


def main() -> None:
    """Serve on CAREBUS_HOST and CAREBUS_PORT what CAREBUS_LINKS, _OPERATORS, _INBOX, _BEHIND and _SIGNING_IN have."""
    services, operators = (
        partial(services_of, Path(os.environ[name])) for name in ("CAREBUS_LINKS", "CAREBUS_OPERATORS")
    )
    shown = pages(TEMPLATES, service="Local run", menu=MENU, help_line=os.environ.get("CAREBUS_HELP_LINE"))
    behind = {link.label: link.href for link in parsed(os.environ.get("CAREBUS_BEHIND", ""))}
    inbox, signing_in = Inbox(Path(os.environ["CAREBUS_INBOX"])), os.environ.get("CAREBUS_SIGNING_IN", "")
    app = portal(services, inbox, shown, behind, operators, signing_in)
    host, port = os.environ["CAREBUS_HOST"], int(os.environ["CAREBUS_PORT"])
    serve(app, host=host, port=port, trusted="", log_level="warning")  # nobody stands before the front door


if __name__ == "__main__":
    main()
