"""A form that came without a session: what was typed goes along through the sign-in, and comes back to be sent."""

from typing import Annotated, NamedTuple
from urllib.parse import parse_qsl, urlencode

import orjson
from annotated_types import Len
from pydantic import Json
from starlette.requests import Request

from carebus.web.limits import LimitedRoute

MOST = LimitedRoute.MOST
"""Bytes of such a form, and of the one that carries it on."""
MOST_FIELDS = 2000
FORM = "application/x-www-form-urlencoded"

Fields = list[tuple[str, str]]
Typed = Annotated[Json[Annotated[Fields, Len(max_length=MOST_FIELDS)]], "as one hidden field of another form has them"]


class Came(NamedTuple):
    """What a form brought that can't be taken now."""

    fields: Fields
    lost: bool
    """Something (a file, too much) could not be kept."""

    @property
    def written(self) -> str:
        """The fields as one text."""
        return written(self.fields)

    def fits(self, to: str) -> bool:
        """Whether a form with this one in it is small enough, too: as text in a text it is somewhat longer."""
        return len(urlencode({"to": to, "typed": self.written})) <= MOST


def written(fields: Fields) -> str:
    """The fields as one text: line breaks stay what they are on the way through a browser, too."""
    return orjson.dumps(fields).decode()


async def came_with(request: Request) -> Came:
    """What a request that is not admitted has brought."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            return Came([], lost=True)
    if kind != FORM:
        return Came([], lost=bool(body))
    try:
        return Came(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS), lost=False)
    except ValueError:
        return Came([], lost=True)
