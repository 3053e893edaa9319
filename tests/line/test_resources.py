"""Pages for families: each in both languages, plain enough for grade 6, suggested to whom they fit, open to anybody."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyphen
import pytest

from carebus.contracts.care_plan import Phase
from carebus.contracts.people import Condition
from carebus.testing import Bench
from services.line.domain.resources.resource import Resource, Spoken, suggest
from services.line.store.resources import resources
from tests.line.people import on_the_phone, taken_on

GRADE = 6
HTML = {"accept": "text/html"}
ALL = tuple(resources().values())
TEXTS = [(one.topic, spoken) for one in ALL for spoken in Spoken]
PARTS = {Spoken.ENGLISH: pyphen.Pyphen(lang="en_US"), Spoken.SPANISH: pyphen.Pyphen(lang="es")}


def counted(text: str, spoken: Spoken) -> tuple[int, int, int]:
    """Words, sentences and syllables: as hyphenation parts them, so never more than there are vowels in a row."""
    words = re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)?", text)
    sentences = re.findall(r"[.!?]+(?:\s|$)", text)
    return len(words), len(sentences), sum(_syllables(word, spoken) for word in words)


def _syllables(word: str, spoken: Spoken) -> int:
    vowels = len(re.findall(r"[aeiouyáéíóúü]+", re.sub(r"e$", "", word.lower()) if spoken is Spoken.ENGLISH else word))
    return max(1, vowels, int(PARTS[spoken].inserted(word).count("-")) + 1)


def grade(text: str, spoken: Spoken) -> float:
    """Years of school. English: Kincaid et al. 1975. Spanish: Crawford, made for primary school texts, 1985."""
    words, sentences, syllables = counted(text, spoken)
    if spoken is Spoken.ENGLISH:
        return 0.39 * words / sentences + 11.8 * syllables / words - 15.59
    return -0.205 * 100 * sentences / words + 0.049 * 100 * syllables / words - 3.407


@pytest.mark.parametrize(("topic", "spoken"), TEXTS)
def test_a_page_is_plain_enough_for_grade_six(topic: str, spoken: Spoken) -> None:
    assert grade(resources()[topic].texts[spoken].sentences, spoken) <= GRADE


def test_the_measure_would_see_what_is_hard_to_read() -> None:
    hard = "Pharmacological interventions necessitate comprehensive multidisciplinary evaluation of comorbidities."
    assert grade(hard, Spoken.ENGLISH) > GRADE
    duro = "Las intervenciones farmacológicas requieren evaluaciones multidisciplinarias exhaustivas continuadas."
    assert grade(duro, Spoken.SPANISH) > GRADE


def test_there_are_ten_topics_or_more_each_in_every_language() -> None:
    assert len(ALL) >= 10
    assert all(set(one.texts) == set(Spoken) for one in ALL)


def topics(found: Iterable[Resource]) -> list[str]:
    return [one.topic for one in found]


def test_strain_comes_first_then_the_phase_then_the_illness_then_what_is_for_all() -> None:
    found = topics(suggest(ALL, [Condition.COPD], Phase.TERMINAL, strained=True))
    assert found[0] == "caring_for_yourself"
    assert found.index("last_days") < found.index("breathlessness") < found.index("when_to_call")


def test_of_whom_nothing_is_known_what_is_for_all_is_suggested() -> None:
    assert topics(suggest(ALL, [], None, strained=False)) == ["medicines_at_home", "when_to_call"]


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("condition", Condition)
def test_every_patient_has_a_page_of_their_own(condition: Condition, phase: Phase) -> None:
    assert len(suggest(ALL, [condition], phase, strained=False)) > 2


async def test_a_page_is_open_to_anybody_and_remembers_nobody(line: Bench) -> None:
    async with line.as_() as outside:
        for path in ("/help/en", "/help/es", "/help/es/last_days"):
            answer = await outside.get(path, headers=HTML)
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers
            assert f'<html lang="{path[6:8]}">' in answer.text
        for path in ("/help/fr", "/help/en/nothing"):
            assert (await outside.get(path, headers=HTML)).status_code == 404


async def test_a_page_that_anybody_may_keep_names_nobody_who_looked_at_it(line: Bench) -> None:
    for path in ("/help/en", "/help/en/pain"):
        answer = await line.http.get(path, headers=HTML)
        assert "public" in answer.headers["cache-control"]
        assert 'class="account"' not in answer.text


async def test_a_page_in_spanish_is_so_to_its_last_line(line: Bench) -> None:
    for path in ("/help/es", "/help/es/pain"):
        page = (await line.http.get(path, headers=HTML)).text
        assert "Skip to the content" not in page
        assert "home-based" not in page


async def test_whom_to_call_comes_first_and_death_last(line: Bench) -> None:
    page = (await line.http.get("/help/en", headers=HTML)).text
    shown = re.findall(r'href="/help/en/(\w+)"', page)
    assert (shown[0], shown[-2:]) == ("when_to_call", ["last_days", "after_a_death"])
    assert len(shown) == len(set(shown)) == len(ALL)


async def test_a_nurse_sees_on_the_call_which_pages_fit(line: Bench) -> None:
    patient, call = await taken_on(line), await on_the_phone(line)
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})
    shown = (await line.http.get(f"/calls/{call}", headers=HTML)).text
    assert "/help/en/breathlessness" in shown
    assert str(patient) not in "".join(re.findall(r'href="([^"]*help[^"]*)"', shown))
