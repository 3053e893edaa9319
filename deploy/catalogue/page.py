"""Renders the page of all events: for the platform's pages, and as one file that needs nothing beside itself."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from carebus.web.pages import STATIC, Pages
from deploy.catalogue.entries import Entry, entries
from deploy.catalogue.graph import BASELINE, HEAD, PAD, graph

TEMPLATES = Path(__file__).parents[1] / "local" / "templates"
"""Those of the start page, which serves this page too."""
NAME = "events.html"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""What the files of the kit are; Python would ask the machine, and not each says the same."""


def context(found: Sequence[Entry] | None = None) -> dict[str, Any]:
    """What the template shows: all events, or these."""
    shown = entries() if found is None else tuple(found)
    told = [(source, list(group)) for source, group in groupby(shown, key=lambda entry: entry.told_by)]
    return {
        "told": told,
        "count": len(shown),
        "graph": graph(shown),
        "in_code": in_code,
        "layout": {"baseline": BASELINE, "head": HEAD, "pad": PAD},
    }


def offline() -> str:
    """The page as one file: the style sheet, the scripts and the mark are in it."""
    shown = Pages(TEMPLATES, service="Events")
    here = {"path": "", "origin": ""}
    template = shown.environment.get_template(NAME)
    text = template.render(here=here, home="#content", static=_inside, **context())
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def in_code(text: str) -> Markup:
    """A text of the contracts, where what stands in backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # it is escaped


def _inside(name: str) -> str:
    """A file of the kit as an address that holds it."""
    kind = KINDS[Path(name).suffix]
    return f"data:{kind};base64,{b64encode((STATIC / name).read_bytes()).decode()}"
