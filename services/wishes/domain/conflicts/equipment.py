"""Equipment that goes with one choice only: asked for, or at the patient's home, it says what is done there."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from carebus.contracts.wishes import Choice, Side, SideKind, WishTopic
from services.wishes.domain.wishes import Asked, Lent


class Thing(NamedTuple):
    """What it is called, and which choice it goes with."""

    name: str
    means: tuple[WishTopic, Choice]


_FEEDING = (WishTopic.NUTRITION, Choice.FEEDING_TUBE)
_FULL = (WishTopic.TREATMENT, Choice.FULL_TREATMENT)
CODES: Mapping[str, Thing] = {
    "B4034": Thing("Supplies for tube feeding by syringe", _FEEDING),
    "B4035": Thing("Supplies for tube feeding by pump", _FEEDING),
    "B4036": Thing("Supplies for tube feeding by gravity", _FEEDING),
    "B9002": Thing("Pump for tube feeding", _FEEDING),
    "E0465": Thing("Ventilator through a tube", _FULL),
    "E0466": Thing("Ventilator with a mask", _FULL),
    "E0467": Thing("Ventilator with other functions", _FULL),
}
"""By HCPCS code: enteral feeding, and ventilators at home."""


def of_equipment(asked: Sequence[Asked], lent: Sequence[Lent]) -> tuple[Side, ...]:
    """One side for each request, or for each thing that came without one, as long as any of it is wanted or there."""
    return tuple({side.of: side for side in (*_wanted(asked, lent), *_there(lent))}.values())


def _wanted(asked: Sequence[Asked], lent: Sequence[Lent]) -> Iterator[Side]:
    came = {one.request_id for one in lent}
    for one in asked:
        if one.request_id not in came:
            yield _side(one.request_id, one.item_code, one.asked_on)


def _there(lent: Sequence[Lent]) -> Iterator[Side]:
    for one in lent:
        if one.ended_by is None:
            yield _side(one.request_id or one.loan_id, one.item_code, one.delivered_on)


def _side(of: UUID, item_code: str, on: date) -> Side:
    thing = CODES[item_code]
    topic, choice = thing.means
    return Side(kind=SideKind.EQUIPMENT, of=of, topic=topic, choice=choice, words=thing.name, stated_on=on)
