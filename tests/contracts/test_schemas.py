"""The schemas in git are those of the models, and the command that writes them says what is stale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from carebus.cli import main
from carebus.contracts import EVENTS, phi_paths
from carebus.observing import schemas

COMMITTED = Path(__file__).parents[2] / "shared" / "schemas"


def test_the_committed_schemas_are_those_of_the_models() -> None:
    assert schemas.stale(COMMITTED) == []


def test_every_event_has_a_schema_with_its_protected_fields() -> None:
    for kind in EVENTS.values():
        made = json.loads((COMMITTED / f"{kind.__name__}.json").read_text())
        assert made["$id"] == kind.schema_name()
        assert set(made["x-phi"]) == set(phi_paths(kind))


def test_the_asyncapi_document_names_every_event_once_and_its_references_lead_somewhere() -> None:
    document = yaml.safe_load((COMMITTED / "asyncapi.yaml").read_text())
    told = [m for channel in document["channels"].values() for m in channel["messages"]]
    assert (
        sorted(told) == sorted(kind.__name__ for kind in EVENTS.values()) == sorted(document["components"]["messages"])
    )
    for operation in document["operations"].values():
        for message in operation["messages"]:
            place = document
            for step in message["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            assert (COMMITTED / json.loads(json.dumps(_at(document, place["$ref"])))["payload"]["$ref"]).exists()


def _at(document: dict[str, object], reference: str) -> dict[str, dict[str, str]]:
    place: object = document
    for step in reference.removeprefix("#/").split("/"):
        assert isinstance(place, dict)
        place = place[step]
    assert isinstance(place, dict)
    return place


def test_the_command_writes_checks_and_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(tmp_path / "schemas")]
    assert main(["schemas", "--check", *folder]) == 1
    assert main(["schemas", *folder]) == 0
    assert main(["schemas", "--check", *folder]) == 0
    (tmp_path / "schemas" / "Gone.json").write_text("{}")
    (tmp_path / "schemas" / "ReferralAccepted.json").write_text("{}")
    capsys.readouterr()
    assert main(["schemas", "--check", *folder]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "not up to date: Gone.json (run `make generate`)",
        "not up to date: ReferralAccepted.json (run `make generate`)",
    ]
    assert main(["schemas", *folder]) == 0
    assert schemas.stale(tmp_path / "schemas") == []
