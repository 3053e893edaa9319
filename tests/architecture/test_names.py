"""One word for one thing within the kit, SQL in one room, and a map that leads a stranger to what is to be changed."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.reading import tree

ROOT = Path(__file__).parents[2]
KIT = ROOT / "shared" / "carebus"
MODULES = sorted(KIT.rglob("*.py"))
ELSEWHERE = [file for file in MODULES if "storage" not in file.parts]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
SQL = re.compile(
    r"\s*(select .|insert into|update \w+ set|delete from|with \w+ as|(create|drop|alter|lock) table)\b", re.IGNORECASE
)
ALIAS = re.compile(r"[A-Z][a-z]\w*")
PATH = re.compile(r"`([\w./-]+/[\w./-]*)`")
CHANGES = 30


def classes_and_aliases(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
    for statement in module.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        yield from (one.id for one in targets if isinstance(one, ast.Name) and ALIAS.fullmatch(one.id))


def statements(module: ast.Module) -> Iterator[str]:
    """Texts that are SQL; what documents something is none."""
    documents = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(module) if isinstance(node, ast.Constant) and id(node) not in documents]
    yield from (node.value for node in texts if isinstance(node.value, str) and SQL.match(node.value))


def rows(head: str) -> list[list[str]]:
    """The rows of the table of the architecture page that begins with this head."""
    table = ARCHITECTURE.partition(head)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_no_class_or_alias_of_the_kit_has_the_name_of_another() -> None:
    where = Counter(name for file in MODULES for name in classes_and_aliases(tree(file)))
    assert {name for name, many in where.items() if many > 1} == set()


@pytest.mark.parametrize("file", ELSEWHERE, ids=lambda file: str(file.relative_to(KIT)))
def test_sql_of_the_kit_is_in_its_storage_only(file: Path) -> None:
    assert list(statements(tree(file))) == []


def test_the_checks_would_see_what_they_look_for() -> None:
    module = ast.parse('"""select a word"""\nclass A: ...\nAlias = dict[str, int]\n_ASK = "select 1"\nf("Update it")\n')
    assert list(classes_and_aliases(module)) == ["A", "Alias"]
    assert list(statements(module)) == ["select 1"]


def test_the_diagram_of_the_kit_is_what_import_linter_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [held] = [one["layers"] for one in contracts if one.get("containers") == ["carebus"]]
    drawn = ARCHITECTURE.partition("```text floors\n")[2].partition("```")[0]
    names = [re.split(r"\s{2,}", line)[0] for line in drawn.splitlines()]
    assert names == held


def test_the_map_names_thirty_changes_and_files_that_exist() -> None:
    changes = rows("| To change | open | its test |")
    assert len(changes) >= CHANGES
    assert [row for row in changes if not all(PATH.search(cell) for cell in row[1:])] == []
    assert [
        path for row in changes for cell in row[1:] for path in PATH.findall(cell) if not (ROOT / path).exists()
    ] == []


@pytest.mark.parametrize("row", rows("| Was | is |"), ids=lambda row: row[0])
def test_every_new_name_of_a_module_can_be_imported_and_the_old_one_is_gone(row: list[str]) -> None:
    was, names = row[0].strip("`"), re.findall(r"`(carebus[\w.]+)`", row[1])
    assert names
    for name in names:
        module, _, attribute = name.rpartition(".")
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(module), attribute)
    assert was in names or not (ROOT / "shared" / (was.replace(".", "/") + ".py")).exists()


@pytest.mark.parametrize("file", sorted((ROOT / "tests" / "carebus").rglob("test_*.py")), ids=lambda file: file.name)
def test_a_test_named_like_a_module_of_the_kit_lies_where_that_lies(file: Path) -> None:
    name = file.stem.removeprefix("test_")
    folder = file.parent.relative_to(ROOT / "tests" / "carebus")
    modules = [module for module in MODULES if module.stem == name] + [one for one in KIT.rglob(name) if one.is_dir()]
    homes = {module.parent.relative_to(KIT) for module in modules}
    assert not homes or folder in homes
    assert folder == Path() or (KIT / folder).is_dir()
