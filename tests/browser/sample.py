"""A tiny service whose pages show every component of the kit, for the browser to judge."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from starlette.applications import Starlette

from carebus.web import BrokenRule, Form, Link, body_of, install_problems, pages
from carebus.web.charts import bar_chart, distribution, grouped_bars, line_chart, sparkline

LABELS = {
    "name": "Patient's full name",
    "born": "Date of birth",
    "contact.email": "E-mail",
    "contact.phone": "Phone",
    "diagnosis": "Main illness",
    "urgency": "How soon is care needed?",
    "needs": "What would help?",
    "pain": "Pain, 0 to 10",
    "story": "What should we know?",
    "agreed": "The patient knows about this referral",
}


def _e_mail(text: str) -> str:
    if text.count("@") != 1:
        raise BrokenRule("Write an e-mail address, such as name@example.org.")
    return text


class Contact(BaseModel):
    """How to reach somebody."""

    email: Annotated[str, AfterValidator(_e_mail)]
    phone: str = ""


class Referral(BaseModel):
    """What the sample form asks."""

    name: str = Field(min_length=2)
    born: date
    contact: Contact
    diagnosis: str
    urgency: str
    needs: list[str] = Field(min_length=1)
    pain: int = Field(ge=0, le=10)
    story: str = ""
    agreed: bool


def sample_app() -> FastAPI:
    """The service."""
    app = FastAPI(openapi_url=None)
    links = [
        Link(name, f"http://127.0.0.1:9{n}/") for n, name in enumerate(("Referrals", "Care", "Families", "Outcomes"))
    ]
    menu = [Link("Today", "/"), Link("Refer", "/refer"), Link("Worklist", "/worklist")]
    shown = pages(Path(__file__).parent / "templates", service="Care", links=links, menu=menu, help_line="844 555 0100")
    shown.install(app)
    install_problems(app, pages=shown)
    beats = iter(range(1_000_000))

    @app.get("/", response_class=HTMLResponse)
    async def today(request: Request) -> HTMLResponse:
        return shown.render(
            request, "sample.html", charts=_charts(), events=_events(), beat=next(beats), spark=_spark()
        )

    @app.get("/refer", response_class=HTMLResponse)
    async def blank(request: Request) -> HTMLResponse:
        return shown.render(request, "sample_form.html", form=Form.blank(LABELS, urgency="week"))

    @app.post("/refer", response_class=HTMLResponse)
    async def refer(request: Request) -> HTMLResponse:
        sent = await request.form()
        form = Form.typed(sent, LABELS)
        try:
            Referral.model_validate(body_of(sent, many=["needs"]))
        except ValidationError as why:
            return shown.render(request, "sample_form.html", 422, form=form.refused(why))
        return shown.render(request, "sample_form.html", form=form)

    return app


def _charts() -> list[object]:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    pain = [(start + timedelta(days=4 * n), v) for n, v in enumerate([7, 8, 6, 6, None, 4, 3, 4, 2, 3, 2])]
    breath = [(start + timedelta(days=4 * n), v) for n, v in enumerate([3, 3, 4, 5, 5, 4, 4, 3, 3, 3, 2])]
    outcomes = {"Improved": [12.0, 30, 18], "Same": [9.0, 11, 7], "Worse": [2.0, 6, 4]}
    names = ["Pain", "Shortness of breath during the night or on slight exertion", "Tiredness"]
    return [
        line_chart(
            "Symptoms over time",
            {"Pain": pain, "Shortness of breath": breath},
            y_range=(0, 10),
            target=(4, "act from 4"),
            moments=[(date(2026, 1, 17), "Morphine started"), (date(2026, 2, 2), "Visit by nurse")],
        ),
        bar_chart(
            "Referrals by source",
            [
                ("Hospital discharge", 1204),
                ("Health plan: case finding by claims", 402),
                ("Family letter", 61),
                ("Clinic", 0),
            ],
        ),
        grouped_bars("Symptoms at four weeks", names, outcomes, stacked=True, unit="people"),
        grouped_bars("Days to first visit", ["North", "South"], {"2025": [4.5, 6], "2026": [2.2, 3.1]}, unit="days"),
        distribution("Hours from referral to acceptance", [1, 2, 2, 3, 3, 3, 4, 4, 5, 6, 9, 14], unit="hours"),
        distribution("Call length", [n * n % 37 + n / 7 for n in range(300)], unit="minutes"),
        line_chart("One value only", {"AKPS": [(date(2026, 2, 1), 60)]}, y_range=(0, 100)),
        bar_chart("Nothing yet", []),
    ]


def _spark() -> object:
    return sparkline([7, 8, 6, 6, 4, 3, 4, 2, 3, 2], label="Pain in six weeks")


def _events() -> list[dict[str, str]]:
    return [
        {
            "at": "Tue 3 Mar 2026, 14:05",
            "title": "Visit completed",
            "text": "Pain 3, breath 2. Family shown how to use the oxygen.",
            "tone": "good",
            "actor": "R. Okafor, nurse",
        },
        {
            "at": "Mon 2 Mar 2026, 09:30",
            "title": "Bed delivery is late",
            "tone": "warn",
            "text": "Supplier was told; the family knows.",
        },
        {"at": "Sun 1 Mar 2026, 22:10", "title": "Call to the care line", "tone": "info"},
        {"at": "Sat 28 Feb 2026, 08:00", "title": "Care team assigned"},
    ]


@contextmanager
def served(app: Starlette, port: int = 0) -> Iterator[str]:
    """The app behind a real server on a free port; gives its address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        running.start()
        while not server.started and running.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        running.join(timeout=10)
