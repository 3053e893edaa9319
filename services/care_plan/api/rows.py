"""Forms with rows: `medicines.0.text` is a field of the first medicine, and empty rows count for nothing.

A form is shown with the rows that were kept, by their new numbers, so that a refusal stands at the row it is about.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from carebus.web import body_of
from carebus.web.act_forms import KEY

GONE = "gone"
"""The field of a row that is ticked to take the row out."""
MOST_FIELDS = 4000
"""Fields of one form: a plan as long as it may be, with rows to spare."""
Row = dict[str, Any]


def typed(sent: FormData, rows: Mapping[str, Sequence[str]], many: Sequence[str] = ()) -> dict[str, Any]:
    """What was typed, with its rows as lists, without those that were taken out and those where nothing was typed.

    rows: where lists are, such as `plan.goals`, and the fields of each that show that something was typed.
    many: fields of rows that hold several values.
    """
    several = [name for name in sent if name.rpartition(".")[2] in many]
    body = {name: value for name, value in body_of(sent, many=several).items() if name != KEY}
    for path, telling in rows.items():
        *above, last = path.split(".")
        inside = _inside(body, above)
        inside[last] = _kept(inside.get(last), telling)
    return body


def flat(value: Any, path: str = "") -> dict[str, tuple[str, ...]]:
    """A nested body as the fields of a form: lists of texts are fields with several values, lists of rows are rows."""
    if isinstance(value, Mapping):
        items = [(f"{path}.{name}" if path else str(name), each) for name, each in value.items()]
    elif isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value):
        items = [(f"{path}.{n}", each) for n, each in enumerate(value)]
    elif isinstance(value, list | tuple):
        return {path: tuple(map(str, value))}
    else:
        return {} if value is None else {path: ("true" if value is True else str(value),)}
    return {name: texts for inner, each in items for name, texts in flat(each, inner).items()}


def _inside(body: dict[str, Any], above: Sequence[str]) -> dict[str, Any]:
    for name in above:
        found = body.get(name)
        body[name] = found if isinstance(found, dict) else {}
        body = body[name]
    return body


def _kept(rows: Any, telling: Sequence[str]) -> list[Row]:
    numbered = rows.items() if isinstance(rows, dict) else ()
    found = [(int(n), row) for n, row in numbered if n.isascii() and n.isdigit() and isinstance(row, dict)]
    kept = (row for _, row in sorted(found, key=lambda each: each[0]) if not row.pop(GONE, ""))
    return [row for row in kept if any(name in row for name in telling)]
