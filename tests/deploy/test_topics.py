"""Topics and users: made from the contracts, nobody with more rights than the code has use for."""

from __future__ import annotations

from pathlib import Path

from carebus.contracts import SUBJECTS
from deploy.kubernetes import topics


def test_what_is_committed_is_what_the_contracts_come_to() -> None:
    assert topics.stale() == [], "run `python -m deploy.kubernetes topics`"


def test_a_change_would_be_seen(tmp_path: Path) -> None:
    assert sorted(topics.stale(tmp_path)) == ["files/access.yaml", "kafka.sh"]
    topics.write(tmp_path)
    assert topics.stale(tmp_path) == []
    (tmp_path / "kafka.sh").write_text("exit 0\n")
    assert topics.stale(tmp_path) == ["kafka.sh"]


def test_every_subject_has_its_topic_and_every_service_its_user() -> None:
    found = topics.access()
    assert list(found["topics"]) == [subject.topic for subject in SUBJECTS]
    assert set(found["users"]) == {*topics.services(), topics.OPERATOR}


def test_a_service_may_write_where_it_tells_and_read_in_its_own_group_alone() -> None:
    for service in topics.services():
        rights = topics.access()["users"][service]
        writes = {right["name"] for right in rights if "Write" in right["operations"]}
        assert writes == set(topics.told(service))
        assert {right["name"] for right in rights if right["resource"] == "group"} <= {service}
        read = {right["name"] for right in rights if right["resource"] == "topic" and "Read" in right["operations"]}
        assert read == {*topics.told(service), *topics.heard(service)}
