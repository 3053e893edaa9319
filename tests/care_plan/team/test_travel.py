"""Places and ways without a map service."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.care_plan.domain.team.states import state_code
from services.care_plan.domain.team.travel import Place, Travel, km_between, place_of
from tests.care_plan.team.invented import TRAVEL


def test_a_place_is_the_postal_codes_centre_else_the_towns_else_not_known() -> None:
    albany = place_of("12207", "", "")
    assert albany is not None
    assert albany == place_of("12207-1234", "Nowhere", "CA")
    assert 42.6 < albany.latitude < 42.7
    town = place_of("99999", " albany ", "ny")
    assert town is not None
    assert km_between(albany, town) < 10
    assert place_of("", "St. Louis", "MO") == place_of("", "ST LOUIS", "mo")
    for nowhere in (("", "Albany", ""), ("", "Nowhere", "NY"), ("abc", "", ""), ("", "", "")):
        assert place_of(*nowhere) is None


def test_a_way_is_the_great_circle_with_a_detour() -> None:
    new_york, los_angeles = Place(40.7128, -74.0060), Place(34.0522, -118.2437)
    assert km_between(new_york, los_angeles) == pytest.approx(3936, abs=1)
    assert TRAVEL.km(new_york, los_angeles) == pytest.approx(TRAVEL.detour * 3936, abs=2)
    assert km_between(Place(0, 0), Place(0, 180)) == pytest.approx(20015, abs=1)


def test_each_part_of_a_way_has_its_own_speed_and_no_way_is_free() -> None:
    travel = Travel.model_validate(
        {
            "version": 1,
            "detour": 1,
            "speeds": [{"up_to_km": 10, "km_per_hour": 30}, {"km_per_hour": 60}],
            "least_minutes": 5,
            "minutes_when_not_known": 30,
        }
    )
    assert [travel.minutes(km) for km in (0, 5, 10, 70)] == [0, 10, 20, 80]
    here = Place(40, -74)
    assert travel.between(here, here).minutes == 5


def test_where_a_place_is_not_known_the_way_says_so() -> None:
    leg = TRAVEL.between(None, Place(40, -74))
    assert (leg.km, leg.minutes, str(leg)) == (None, TRAVEL.minutes_when_not_known, "not known")


def test_a_place_is_not_shown_by_its_text() -> None:
    assert "40" not in repr(Place(40.5, -74.5))


@pytest.mark.parametrize("speeds", [[], [{"up_to_km": 5, "km_per_hour": 30}], [{"km_per_hour": 0}]])
def test_speeds_must_reach_any_distance(speeds: list[dict[str, float]]) -> None:
    with pytest.raises(ValidationError):
        Travel.model_validate(
            {"version": 1, "detour": 1, "speeds": speeds, "least_minutes": 5, "minutes_when_not_known": 30}
        )


def test_speeds_are_in_order() -> None:
    rows = [{"up_to_km": 9, "km_per_hour": 30}, {"up_to_km": 5, "km_per_hour": 40}, {"km_per_hour": 80}]
    with pytest.raises(ValidationError, match="rising"):
        Travel.model_validate(
            {"version": 1, "detour": 1, "speeds": rows, "least_minutes": 5, "minutes_when_not_known": 30}
        )


@pytest.mark.parametrize(
    ("state", "postal_code", "code"),
    [
        ("NY", "", "NY"),
        (" ny ", "07302", "NY"),
        ("Massachusetts", "", "MA"),
        ("new  york", "", "NY"),
        ("", "07302-1111", "NJ"),
        ("Ontario", "", "ONTARIO"),
        ("N.J.", "07302", "NJ"),
        ("", "", ""),
        ("", "00000", ""),
    ],
)
def test_a_state_is_known_by_its_letters_its_name_or_the_postal_code(state: str, postal_code: str, code: str) -> None:
    assert state_code(state, postal_code) == code
