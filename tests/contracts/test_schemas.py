"""The schemas in git are those of the models, and the command that writes them says what is stale."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from carebus.cli import main
from carebus.contracts import EVENTS, PHI_NAMES, phi_paths, read_envelope
from carebus.contracts.examples import SAMPLE
from carebus.observing import schemas
from docs.sample_run import __main__ as sample_run

COMMITTED = Path(__file__).parents[2] / "shared" / "schemas"


def test_the_committed_schemas_are_those_of_the_models() -> None:
    assert schemas.stale(COMMITTED) == []


def test_every_event_has_a_schema_with_its_protected_fields() -> None:
    for kind in EVENTS.values():
        made = json.loads((COMMITTED / f"{kind.__name__}.json").read_text())
        assert made["$id"] == kind.schema_name()
        assert set(made["x-phi"]) == set(phi_paths(kind))


def test_every_schema_is_one_by_the_rules_of_2020_12() -> None:
    for kind in EVENTS.values():
        made = json.loads((COMMITTED / f"{kind.__name__}.json").read_text())
        assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        jsonschema_rs.meta.validate(made)


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


def test_every_message_has_an_example_of_a_sample_run_that_fits_its_schemas() -> None:
    document = yaml.safe_load((COMMITTED / "asyncapi.yaml").read_text())
    for name, record in json.loads(SAMPLE.read_text()).items():
        kind, message = EVENTS[record["headers"]["ce_type"]], document["components"]["messages"][name]
        (shown,) = message["examples"]
        schema = json.loads((COMMITTED / f"{kind.__name__}.json").read_text())
        assert list(jsonschema_rs.Draft202012Validator(schema).iter_errors(shown["payload"])) == []
        assert list(jsonschema_rs.Draft202012Validator(message["headers"]).iter_errors(shown["headers"])) == []
        assert type(kind.model_validate(shown["payload"])) is kind
        assert read_envelope(shown["headers"]).type == kind.type_name()


def test_a_type_that_no_scene_tells_has_an_example_that_says_it_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "sampled", lambda kind: None)
    for name, message in schemas.asyncapi()["components"]["messages"].items():
        (shown,) = message["examples"]
        assert shown["summary"].startswith("Made up")
        schema = json.loads((COMMITTED / f"{name}.json").read_text())
        assert list(jsonschema_rs.Draft202012Validator(schema).iter_errors(shown["payload"])) == []


def test_the_examples_are_what_the_services_tell_in_the_sample_run_today(tmp_path: Path) -> None:
    assert SAMPLE.read_text() == sample_run.text()
    copy = tmp_path / "sample.json"
    copy.write_text("{}")
    assert sample_run.main(["--check"], copy) == 1
    assert sample_run.main([], copy) == 0
    assert copy.read_text() == SAMPLE.read_text()


def test_no_example_names_anybody_where_headers_and_keys_are_seen_by_all() -> None:
    for record in json.loads(SAMPLE.read_text()).values():
        known = {str(text) for text in _protected(record["body"])}
        assert not known & {record["key"], *record["headers"].values()}


def _protected(body: object) -> list[object]:
    """The texts in a body under names that are protected anywhere."""
    if isinstance(body, dict):
        own = [text for name, text in body.items() if name in PHI_NAMES and isinstance(text, str) and text]
        return own + [text for inner in body.values() for text in _protected(inner)]
    return [text for inner in body for text in _protected(inner)] if isinstance(body, list) else []


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
