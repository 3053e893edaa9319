"""Plain pages for families, open to anybody who has the address, which names nobody."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from carebus.access import OUTSIDER
from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf
from services.line.domain.resources.resource import Resource, Spoken
from services.line.store.resources import resources

router = APIRouter(prefix="/help", route_class=LimitedRoute)

CACHED = {"Cache-Control": "public, max-age=3600"}
"""The same for everybody: also where a nurse looks at it who is signed in."""
WORDS = {
    Spoken.ENGLISH: {
        "all": "Help for families",
        "do": "What you can do",
        "know": "Good to know",
        "call_us": "Call us if",
        "other": "En español",
        "number": "Day or night",
        "print": "All pages",
        "skip": "Skip to the content",
        "line": "call the care line at",
        "tagline": "home-based palliative care",
    },
    Spoken.SPANISH: {
        "all": "Ayuda para las familias",
        "do": "Qué puede hacer",
        "know": "Es bueno saber",
        "call_us": "Llámenos si",
        "other": "In English",
        "number": "De día o de noche",
        "print": "Todas las páginas",
        "skip": "Saltar al contenido",
        "line": "llame a la línea de cuidados, al",
        "tagline": "cuidados paliativos en casa",
    },
}
FIRST, LAST = "when_to_call", ("last_days", "after_a_death")
OTHER = {Spoken.ENGLISH: Spoken.SPANISH, Spoken.SPANISH: Spoken.ENGLISH}


class PageUnknown(CarebusError):
    """There is no such page. Look at those that there are, at /help/en."""

    status = HTTPStatus.NOT_FOUND


@router.get("/{language}")
async def listed(request: Request, language: str, parts: PartsOf) -> Response:
    """All topics in a language."""
    spoken = _spoken(language)
    topics = [(one.topic, one.texts[spoken]) for one in sorted(resources().values(), key=_place)]
    return parts.pages.render(
        request, "help_all.html", HTTPStatus.OK, CACHED, menu=(), links=(), who=OUTSIDER, lang=spoken, topics=topics,
        words=WORDS[spoken], other=OTHER[spoken],
    )  # fmt: skip


@router.get("/{language}/{topic}")
async def page(request: Request, language: str, topic: str, parts: PartsOf) -> Response:
    """One topic in a language."""
    spoken, found = _spoken(language), resources().get(topic)
    if found is None:
        raise PageUnknown
    return parts.pages.render(
        request, "help.html", HTTPStatus.OK, CACHED, menu=(), links=(), who=OUTSIDER, lang=spoken, topic=topic,
        text=found.texts[spoken], words=WORDS[spoken], other=OTHER[spoken],
    )  # fmt: skip


def _place(one: Resource) -> tuple[int, str]:
    """Whom to call is read first, and of death nobody who looks for something else."""
    return (LAST.index(one.topic) + 1 if one.topic in LAST else -(one.topic == FIRST), one.topic)


def _spoken(language: str) -> Spoken:
    try:
        return Spoken(language)
    except ValueError:
        raise PageUnknown from None
