"""The one place that knows python-hl7: a message's segments, fields and components, with its escapes read."""

import re

import hl7

_HEADER = re.compile(r"MSH([^\w\s])((?:(?!\1)[^\w\s]){2,5})\1")
_ESCAPED = re.compile(r"\\([^\\\r]{1,80})\\")
_HEX = re.compile(r"X(?:[0-9A-Fa-f]{2}){1,40}")
_BREAKS = {".br": "\n", ".sp": "\n", ".fi": "", ".nf": "", "H": "", "N": ""}
NULL = '""'
"""What a sender writes to say that there is no value, and never was."""


class Unreadable(ValueError):
    """python-hl7 cannot read it."""


class Message:
    """One message. Numbers are those of the standard; what is not there is empty."""

    def __init__(self, parsed: hl7.Message) -> None:
        self._parsed = parsed
        self._marks = _marks_of(str(parsed.segment("MSH")[2]), str(parsed.segment("MSH")[1]))

    @classmethod
    def parse(cls, text: str) -> "Message":
        """Read a message. Raises Unreadable."""
        header = _HEADER.match(text)
        if header is None or len({header[1], *header[2]}) != 1 + len(header[2]):
            raise Unreadable  # python-hl7 does not look whether the marks are marks
        try:
            return cls(hl7.parse(text))
        except (hl7.HL7Exception, ValueError, KeyError, IndexError, TypeError, AssertionError) as why:
            raise Unreadable from why

    def has(self, segment: str) -> bool:
        """Whether there is such a segment."""
        return any(str(one[0]) == segment for one in self._parsed)

    def text(self, segment: str, field: int, component: int = 1, part: int = 1) -> str:
        """One component of the first repeat of a field."""
        repeats = self.repeats(segment, field)
        return repeats[0].text(component, part) if repeats else ""

    def repeats(self, segment: str, field: int) -> list["Repeat"]:
        """Every repeat of a field."""
        for one in self._parsed:
            if str(one[0]) == segment:
                found = one[field] if len(one) > field else ""
                return [Repeat(each, self._marks) for each in _repeats(found)]
        return []


class Repeat:
    """One repeat of a field."""

    def __init__(self, found: object, marks: dict[str, str]) -> None:
        self._found = found
        self._marks = marks

    def text(self, component: int = 1, part: int = 1) -> str:
        """One component, or a part of it, as text."""
        found = _at(_at(self._found, component), part)
        text = unescaped(str(found).strip(), self._marks)
        return "" if text == NULL else text


def unescaped(text: str, marks: dict[str, str]) -> str:
    """With its escapes read; one that cannot be read stays as it was sent, so that nothing is lost."""

    def one(found: re.Match[str]) -> str:
        code = found[1]
        if code in marks:
            return marks[code]
        if code in _BREAKS:
            return _BREAKS[code]
        if _HEX.fullmatch(code):
            return _from_hex(code[1:], found[0])
        return found[0]

    return _ESCAPED.sub(one, text) if "\\" in text else text


def _from_hex(digits: str, otherwise: str) -> str:
    try:
        text = bytes.fromhex(digits).decode()
    except UnicodeDecodeError:
        return otherwise
    return text if text.isprintable() else otherwise


def _marks_of(marks: str, separator: str) -> dict[str, str]:
    component, repeat, escape, part = (*marks, *"^~\\&"[len(marks) :])[:4]
    return {"F": separator, "S": component, "R": repeat, "E": escape, "T": part}


def _repeats(field: object) -> list[object]:
    return list(field) if isinstance(field, hl7.Field) else [field]


def _at(found: object, place: int) -> object:
    """A part by its number from one; what has no parts is its own first."""
    if isinstance(found, hl7.Container):
        return found[place - 1] if len(found) >= place else ""
    return found if place == 1 else ""
