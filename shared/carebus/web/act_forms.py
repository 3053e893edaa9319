"""What forms that send a command have in common: their key, times as they are where a patient lives, refusals."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web.forms import Form, body_of
from carebus.web.http import LONGEST_KEY

KEY = "idempotency_key"
LOCAL = "%Y-%m-%dT%H:%M"
"""How a field of a date and a time writes it, without a zone."""


def blank(labels: dict[str, str], **values: str) -> Form:
    """A form with a key of its own, so that sending it twice is sending it once."""
    return Form.blank(labels, **{KEY: str(new_id()), **values})


def body(sent: FormData, *, times: Iterable[str] = (), zone: ZoneInfo | None = None, many: Iterable[str] = ()) -> Any:
    """What was typed, without the key; `times` are read as the clock of the patient's zone shows them."""
    found = {name: value for name, value in body_of(sent, many=many).items() if name != KEY}
    for name in times:
        if isinstance(found.get(name), str):
            found[name] = _zoned(found[name], zone)
    return found


def _zoned(text: str, zone: ZoneInfo | None) -> str | datetime:
    """With its zone; what is no time stays as it is, and is refused by its field's rule."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return at if at.tzinfo else at.replace(tzinfo=zone)


def key_of(sent: FormData) -> str:
    """The form's own key; a form without one was not made here, and gets a new one."""
    key = sent.get(KEY)
    return key if isinstance(key, str) and 0 < len(key) <= LONGEST_KEY else str(new_id())


def refused(form: Form, why: CarebusError) -> Form:
    """The form with a refusal at the field that is to blame, or above all."""
    return form.refused({why.field or "": str(why)})
