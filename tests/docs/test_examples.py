"""The examples that a page shows are the files that a reader finds and that tests run."""

from __future__ import annotations

from tests.docs.pages import ROOT, said_to_be

READ = ROOT / "docs" / "how-to" / "read-the-stream.md"
EXAMPLES = ROOT / "examples"
PROGRAMS = {".py", ".mjs", ".java", ".sh"}


def test_the_page_shows_every_example_as_it_is() -> None:
    shown = said_to_be(READ, "file: examples/")
    there = {str(file.relative_to(EXAMPLES)): file for file in EXAMPLES.rglob("*") if "node_modules" not in file.parts}
    programs = {name: file.read_text() for name, file in there.items() if file.suffix in PROGRAMS}
    assert shown == programs


def test_the_page_gives_the_line_that_makes_a_strict_validator_accept_our_keywords() -> None:
    line = "ajv.addVocabulary(['x-phi', 'x-default']);"
    assert line in READ.read_text()
    assert line in (ROOT / "tests/contracts/generators/generate.mjs").read_text()


def test_whoever_reads_is_told_that_a_sequence_is_an_integer_per_source_and_subject() -> None:
    for page in (READ, ROOT / "docs/reference/envelope.md", ROOT / "docs/glossary.md"):
        said = " ".join(page.read_text().split())
        assert "per source *and subject*" in said
        assert "18 digits" in said
