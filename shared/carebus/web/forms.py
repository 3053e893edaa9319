"""What a person typed and which rules it broke, in plain sentences that never repeat the typed value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.errors import BrokenRule

PLACES = {"body", "query", "path", "header", "cookie"}

SENTENCES: dict[str, str] = {
    "missing": "This is required.",
    "none_required": "Leave this empty.",
    "string_too_short": "Write at least {min_length} characters.",
    "string_too_long": "Write at most {max_length} characters.",
    "string_pattern_mismatch": "Write this in the form the hint shows.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "greater_than": "Give a number above {gt}.",
    "greater_than_equal": "Give {ge} or more.",
    "less_than": "Give a number below {lt}.",
    "less_than_equal": "Give {le} or less.",
    "multiple_of": "Give a multiple of {multiple_of}.",
    "decimal_max_places": "Give at most {decimal_places} decimal places.",
    "literal_error": "Choose {expected}.",
    "enum": "Choose {expected}.",
    "date_past": "Give a date in the past.",
    "date_future": "Give a date in the future.",
    "datetime_past": "Give a time in the past.",
    "datetime_future": "Give a time in the future.",
    "timezone_aware": "Give the time with its time zone.",
    "extra_forbidden": "Leave out fields that are not known here.",
    "json_invalid": "Send valid JSON.",
}
KINDS: tuple[tuple[str, str], ...] = (
    ("int_", "Give a whole number."),
    ("float_", "Give a number."),
    ("decimal_", "Give a number."),
    ("finite_number", "Give a number."),
    ("bool_", "Choose yes or no."),
    ("date_", "Give a real date, such as 2026-03-27."),
    ("datetime_", "Give a real date and time, such as 2026-03-27T14:05Z."),
    ("time_", "Give a real time, such as 14:05."),
    ("uuid_", "Give an identifier as it was shown to you."),
    ("url_", "Give a web address, such as https://example.org."),
    ("string_", "Write this as text."),
    ("list_", "Give a list."),
    ("dict_", "Give a group of fields."),
    ("model_", "Give a group of fields."),
)
OTHERWISE = "Check this: it does not fit here."


def errors_of(exc: ValidationError | RequestValidationError) -> dict[str, str]:
    """One sentence per field, the first rule each breaks; nested names as `contact.email`, the whole form as ``."""
    found: dict[str, str] = {}
    for error in exc.errors():
        path = list(error["loc"])
        if isinstance(exc, RequestValidationError) and path and path[0] in PLACES:
            path = path[1:]
        if error["type"] == "extra_forbidden":  # the name itself was typed
            path = path[:-1]
        if error["type"] == "json_invalid":  # the place is an offset in the text
            path = []
        found.setdefault(".".join(str(part) for part in path if "[" not in str(part)), _sentence(error))
    return found


def _sentence(error: Mapping[str, Any]) -> str:
    kind, context = str(error["type"]), dict(error.get("ctx") or {})
    if isinstance(context.get("error"), BrokenRule):
        return str(context["error"])
    if kind == "value_error" and "email address" in str(error.get("msg", "")):
        return "Write an e-mail address, such as name@example.org."
    if kind == "value_error" and "phone number" in str(error.get("msg", "")):
        return "Write a phone number with its area code, such as +1 555 010 0123."
    if kind in ("missing", "string_too_short", "none_required") and context.get("min_length", 1) == 1:
        return SENTENCES["none_required" if kind == "none_required" else "missing"]
    if kind in SENTENCES:
        return SENTENCES[kind].format(**context)
    return next((sentence for start, sentence in KINDS if kind.startswith(start)), OTHERWISE)


def body_of(form: FormData, *, many: Iterable[str] = ()) -> dict[str, Any]:
    """A posted form as a nested body for a model: `contact.email` nests, empty fields are left out, `many` are lists.

    Text is stripped at both ends; uploads are left out.
    """
    lists = set(many)
    body: dict[str, Any] = {}
    for name in dict.fromkeys(form.keys()):
        texts = [text for value in form.getlist(name) if isinstance(value, str) and (text := value.strip())]
        if texts:
            _put(body, name.split("."), texts if name in lists else texts[-1])
    return body


def day_typed(text: str) -> date | None:
    """The day that a field of a date sent, or None."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        return None


def _put(body: dict[str, Any], path: Sequence[str], value: str | list[str]) -> None:
    for part in path[:-1]:
        inner = body.setdefault(part, {})
        if not isinstance(inner, dict):  # `a` and `a.b` both sent: not a form of ours
            return
        body = inner
    body.setdefault(path[-1], value)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it stands: what was typed, what is wrong with it and what its fields are called.

    part: which of a page's forms it is, where several have fields of one name.
    """

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    part: str = ""

    @classmethod
    def blank(cls, labels: Mapping[str, str] | None = None, **values: str) -> Form:
        """A form nobody has sent yet, with first values (a double underscore stands for the dot of a nested name)."""
        return cls({name.replace("__", "."): (value,) for name, value in values.items()}, {}, labels or {})

    @classmethod
    def typed(cls, form: FormData, labels: Mapping[str, str] | None = None) -> Form:
        """A form as it was sent."""
        texts = {name: [v for v in form.getlist(name) if isinstance(v, str)] for name in form}
        return cls(texts, {}, labels or {})

    def refused(self, why: ValidationError | RequestValidationError | Mapping[str, str]) -> Form:
        """The same form with what is wrong with it."""
        return replace(self, errors=why if isinstance(why, Mapping) else errors_of(why))

    def value(self, name: str) -> str:
        """What was typed last in a field."""
        texts = self.values.get(name, ())
        return texts[-1] if texts else ""

    def chosen(self, name: str) -> frozenset[str]:
        """All that was ticked in a field."""
        return frozenset(self.values.get(name, ()))

    def error(self, name: str) -> str:
        """The sentence about a field, or nothing; a list's items speak through the list."""
        inner = (
            sentence for path, sentence in self.errors.items() if path.startswith(name + ".") and name in self.labels
        )
        return self.errors.get(name) or next(inner, "")

    def wrong_in(self, part: str) -> bool:
        """Whether a field of this part of the form is wrong, so that the part must not be folded up."""
        return any(name == part or name.startswith(f"{part}.") for name in self.errors)

    def label(self, name: str) -> str:
        """What a field is called: its label, or its name in words."""
        if name in self.labels or "." not in name:
            return self.labels.get(name) or name.replace("_", " ").capitalize()
        outer = name.rpartition(".")[0]
        return self.labels.get(outer) or name.rpartition(".")[2].replace("_", " ").capitalize()

    def anchor(self, name: str) -> str:
        """The id of the element a message about a field leads to."""
        named = name
        while named not in self.labels and "." in named and named.rpartition(".")[0] in self.labels:
            named = named.rpartition(".")[0]
        return "-".join(filter(None, ("field", self.part, named.replace(".", "-"))))

    def of(self, part: str) -> Form:
        """The same form as a part of a page that has several with fields of one name: its ids are its own."""
        return replace(self, part=part)
