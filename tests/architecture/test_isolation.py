"""What may stand alone does: the contracts with pydantic only, each service with nothing but the shared library."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(app.parent.name for app in (ROOT / "services").glob("*/app.py"))
ALLOWED = {"carebus", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}

NEEDED = {
    "DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "CAREBUS_MAIL_FROM": "care@example.org",
}
"""Every setting without a default that some service has."""

WATCHED = """
import sys
before = set(sys.modules)
{statement}
tops = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print("\\n".join(sorted(tops - set(sys.stdlib_module_names) - {{n for n in tops if n.startswith("_sysconfigdata")}})))
"""


def python(code: str, *path: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run this with nothing of the checkout on the path but what is given."""
    packages = [entry for entry in sys.path if "site-packages" in entry]
    setup = f"import sys; sys.path[:0] = {[str(one) for one in path]!r}; sys.path += {packages!r}\n"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", setup + code], capture_output=True, text=True, cwd=cwd, check=False
    )


def library(to: Path) -> Path:
    """The shared library as an installer lays it down: the package alone, beside nothing else of ours."""
    shutil.copytree(ROOT / "shared" / "carebus", to / "lib" / "carebus", ignore=shutil.ignore_patterns("__pycache__"))
    return to / "lib"


def test_reading_the_stream_needs_pydantic_and_the_standard_library_only(tmp_path: Path) -> None:
    ran = python(WATCHED.format(statement="import carebus.contracts"), library(tmp_path), cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert set(ran.stdout.split()) <= ALLOWED
    assert "carebus" in ran.stdout


def test_the_watch_would_see_another_library(tmp_path: Path) -> None:
    ran = python(WATCHED.format(statement="import carebus.storage.outbox"), library(tmp_path), cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "asyncpg" in ran.stdout


def test_the_library_brings_the_files_it_needs(tmp_path: Path) -> None:
    code = (
        "from importlib.resources import files\n"
        "root = files('carebus')\n"
        "assert list((root / 'storage' / 'migrations').iterdir())\n"
        "assert list((root / 'web' / 'templates').iterdir())\n"
        "assert list((root / 'web' / 'static').iterdir())\n"
    )
    ran = python(code, library(tmp_path), cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_up_with_the_library_and_without_the_others(name: str, tmp_path: Path) -> None:
    alone = tmp_path / "services"
    alone.mkdir()
    shutil.copy(ROOT / "services" / "__init__.py", alone)
    shutil.copytree(ROOT / "services" / name, alone / name, ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "import os\n"
        f"os.environ.update({NEEDED!r})\n"
        f"from services.{name} import app\n"
        "made = app.service()\n"
        f"assert made.core.name == {name!r}\n"
        "import services, sys\n"
        f"assert not [m for m in sys.modules if m.startswith('services.') and not m.startswith('services.{name}')]\n"
    )
    ran = python(code, library(tmp_path), tmp_path, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_there_are_services_to_hold_apart() -> None:
    assert SERVICES
