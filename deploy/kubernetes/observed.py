"""Alert rules and dashboards inside the chart: copies of `deploy/observability`, since Helm reads nothing outside."""

from __future__ import annotations

from pathlib import Path

DEPLOY = Path(__file__).parents[1]
SOURCES = {"rules": "*.yaml", "dashboards": "*.json"}


def _wanted() -> dict[str, str]:
    return {
        f"{kind}/{file.name}": file.read_text()
        for kind, names in SOURCES.items()
        for file in sorted((DEPLOY / "observability" / kind).glob(names))
    }


def stale(folder: Path = DEPLOY / "chart" / "files") -> list[str]:
    """The names of the copies that are missing, not what they should be, or should not be there."""
    wanted = _wanted()
    there = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(folder: Path = DEPLOY / "chart" / "files") -> list[str]:
    """Make the folder hold exactly these; gives the names of the changed ones."""
    changed, wanted = stale(folder), _wanted()
    for name in changed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name in wanted:
            (folder / name).write_text(wanted[name])
        else:
            (folder / name).unlink()
    return changed
