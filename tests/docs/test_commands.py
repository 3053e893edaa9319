"""Every command in the documentation is run by a test, or says why not; every link and every path leads somewhere."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.databases import fresh_database, migrations_of
from tests.docs.pages import ROOT, Block, blocks, pages, prose

SHELL = [block for page in pages() for block in blocks(page) if block.language in {"sh", "bash", "shell", "console"}]
TO_RUN = [block for block in SHELL if block.said == "run"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED = re.compile(r"`((?:services|shared|deploy|tests|docs|examples|templates|bench)/[\w./-]*)`")
# What the tutorial makes.
MADE_BY_READERS = re.compile(r"(services|tests|shared/carebus/contracts)/(check_in|bereavement)\b")


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_every_command_is_run_by_a_test_or_says_why_not(block: Block) -> None:
    kind, _, rest = block.said.partition(": ")
    if kind.startswith("covered by "):
        file, _, name = kind.removeprefix("covered by ").partition("::")
        assert re.search(rf"def {name}\(", (ROOT / file).read_text())
    elif kind == "step":
        assert any(f'"{rest}"' in file.read_text() for file in (ROOT / "tests/docs").glob("test_*_played.py"))
    elif kind == "file":
        assert (ROOT / rest).read_text() == block.text
    elif kind == "not run":
        assert len(rest.split()) >= 4, "say why not"
    else:
        assert kind == "run", f"say before the block at {block} who runs it, or why nobody does"


@pytest.mark.parametrize("block", TO_RUN, ids=str)
async def test_commands_do_what_they_say(
    block: Block, postgres_url: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with fresh_database(postgres_url, "referral", migrations_of("referral")) as url:
        told = {
            "DATABASE_URL": url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
            "CAREBUS_TOPIC_PREFIX": topic_prefix,
            "CAREBUS_DATA": str(tmp_path),
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=ROOT,
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_page_and_to_a_section_of_it(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if link.startswith(("http://", "https://")):
            continue
        where, _, section = link.partition("#")
        target = (page.parent / where).resolve() if where else page
        assert target.exists(), f"{link} leads nowhere"
        assert not section or section in anchors(target), f"{link} names no section"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    for path in NAMED.findall(prose(page)):
        if not MADE_BY_READERS.match(path):
            assert (ROOT / path).exists(), f"{path} does not exist"


def test_every_test_that_a_page_names_exists() -> None:
    code = "\n".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    named = {name for page in pages() for name in re.findall(r"`(test_\w+)`", prose(page))}
    assert named
    assert {name for name in named if f"def {name}(" not in code} == set()


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_fits_on_a_screen_and_says_what_holds_it(page: Path) -> None:
    lines = page.read_text().splitlines()
    assert len(lines) <= 40
    assert lines[0].startswith(f"# {int(page.stem[:4])}. ")
    heads = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert heads == ["Context", "Decision", "Consequences", "Alternatives", "Held by"]
    held = page.read_text().partition("## Held by")[2]
    assert NAMED.search(held) or "`pyproject.toml`" in held


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, todo = set[Path](), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(prose(page))]
        todo += [(page.parent / link).resolve() for link in links if link.endswith(".md") and "://" not in link]
    assert set(pages()) - reached == set()


def test_every_picture_is_on_a_page() -> None:
    shown = {(page.parent / link).resolve() for page in pages() for link in LINK.findall(prose(page))}
    assert {file for file in (ROOT / "docs" / "images").iterdir() if file.is_file()} <= shown


def anchors(page: Path) -> set[str]:
    """The sections of a page, as its links name them."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
