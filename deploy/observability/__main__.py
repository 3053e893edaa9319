"""`python -m deploy.observability` writes dashboards and rules as files; `--check` says whether they are as here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from deploy.observability.alerts import ALERTS
from deploy.observability.journey import JOURNEY
from deploy.observability.overview import OVERVIEW
from deploy.observability.servers import SERVERS
from deploy.observability.slo import burn_alerts, recording_rules

DASHBOARDS = (OVERVIEW, JOURNEY, SERVERS)
FOLDER = Path(__file__).parent
MADE = "# Made by `python -m deploy.observability` from alerts.py and slo.py: change it there.\n"


def files() -> dict[Path, str]:
    """Every file that is written, with what it holds."""
    found = {FOLDER / "dashboards" / f"{board.uid}.json": _json(board.as_json()) for board in DASHBOARDS}
    slo: list[dict[str, object]] = [
        {"name": "carebus-objectives", "interval": "1m", "rules": recording_rules()},
        {"name": "carebus-budgets", "rules": [alert.rule() for alert in burn_alerts()]},
    ]
    found[FOLDER / "rules" / "objectives.yaml"] = _yaml(slo)
    found[FOLDER / "rules" / "alerts.yaml"] = _yaml([{"name": "carebus", "rules": [one.rule() for one in ALERTS]}])
    return found


def _json(content: object) -> str:
    return json.dumps(content, indent=1) + "\n"


def _yaml(groups: list[dict[str, object]]) -> str:
    return MADE + yaml.safe_dump({"groups": groups}, sort_keys=False, width=160)


def main(words: list[str]) -> int:
    """Write the files, or with `--check` only tell which are not as the code says."""
    differing = [file for file, text in files().items() if not file.exists() or file.read_text() != text]
    for file in differing:
        print(file.relative_to(FOLDER.parents[1]))
        if "--check" not in words:
            file.parent.mkdir(exist_ok=True)
            file.write_text(files()[file])
    if differing and "--check" in words:
        print("run `make dashboards`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
