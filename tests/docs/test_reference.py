"""The generated reference is what the code says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import generate


def test_the_reference_is_up_to_date() -> None:
    assert generate.stale(generate.FOLDER) == [], "run `make docs`"


def test_a_page_that_is_changed_missing_or_not_generated_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--folder", str(tmp_path)]) == 0
    assert generate.main(["--check", "--folder", str(tmp_path)]) == 0
    (tmp_path / "events.md").write_text("Other words.\n")
    (tmp_path / "metrics.md").unlink()
    (tmp_path / "more.md").touch()
    capsys.readouterr()

    assert generate.main(["--check", "--folder", str(tmp_path)]) == 1
    assert [line.split()[4] for line in capsys.readouterr().out.splitlines()] == ["events.md", "metrics.md", "more.md"]
    assert generate.main(["--folder", str(tmp_path)]) == 0
    assert generate.stale(tmp_path) == []


def test_the_marks_of_protected_fields_are_on_the_page() -> None:
    events = generate.documents()["events.md"]
    assert "| `birth_date` | date |  | required | date |" in events
    assert "| `visit_note` | text |  | empty | text |" in events
