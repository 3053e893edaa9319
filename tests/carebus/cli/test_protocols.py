"""`carebus protocols`: what is safe is said to be proved, what is not is told by its question and is exit code 1."""

from __future__ import annotations

from pathlib import Path

from services.line.store.protocols import OWN
from tests.carebus.cli.conftest import Carebus


async def test_our_protocols_are_proved(carebus: Carebus) -> None:
    ended = await carebus("protocols", "check")
    assert ended.code == 0
    assert "pain-1.yaml: proved for all 131,220 combinations of answers" in ended.out


async def test_a_spoiled_protocol_is_exit_code_1_and_names_the_question(carebus: Carebus, tmp_path: Path) -> None:
    text = (OWN / "bleeding-1.yaml").read_text()
    (tmp_path / "bleeding-1.yaml").write_text(text.replace("{fact: came_back, is: true}", "{fact: thinner, is: true}"))
    ended = await carebus("protocols", "check", str(tmp_path))
    assert ended.code == 1
    assert "came_back (“Has it bled before within a week?”) never changes what is proposed" in ended.out
    assert (await carebus("protocols", "check", str(tmp_path / "nowhere"))).code == 1
    assert (await carebus("protocols", "check", "--service", "outcomes")).code == 2


async def test_what_a_new_version_changes_is_listed_with_a_case(carebus: Carebus, tmp_path: Path) -> None:
    text = (OWN / "bleeding-1.yaml").read_text().replace("version: 1", "version: 2")
    new = tmp_path / "bleeding-2.yaml"
    new.write_text(text.replace("{fact: amount, is: cupful}", "{fact: amount, in: [cupful, spoonfuls]}"))
    ended = await carebus("protocols", "diff", str(OWN / "bleeding-1.yaml"), str(new))
    assert ended.code == 0
    assert "amount = spoonfuls" in ended.out
    assert "of 78,732 combinations of answers" in ended.out
