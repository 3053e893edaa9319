"""The charts: they take what they should, refuse what they should, and come to manifests that the API knows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.kubernetes import render, tools, topics, trial
from tests.deploy.kubernetes.conftest import Documents, or_skipped
from tests.deploy.kubernetes.manifests import environment, named, of_kind, pods

pytestmark = pytest.mark.deploy


def conforms(file: Path) -> str:
    schemas = tools.schemas()
    places = (
        f"{schemas}/core/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
        f"{schemas}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json",
    )
    words = [word for place in places for word in ("-schema-location", place)]
    asked = subprocess.run(
        [str(tools.program("kubeconform")), "-strict", "-summary", *words, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if asked.returncode == 0 else asked.stdout + asked.stderr


@pytest.mark.parametrize("name", render.OVERLAYS)
@pytest.mark.parametrize("chart", render.CHARTS)
def test_every_overlay_is_taken_by_helm_and_known_to_the_api(
    chart: str, name: str, with_tools: None, tmp_path: Path
) -> None:
    values = str(render.DEPLOY / chart / "overlays" / f"{name}.yaml")
    render.helm("lint", "--strict", str(render.DEPLOY / chart), "-f", values)
    made = tmp_path / "made.yaml"
    made.write_text(render.helm("template", "carebus", str(render.DEPLOY / chart), "-f", values))
    assert conforms(made) == ""


@pytest.mark.parametrize("name", render.OVERLAYS)
@pytest.mark.parametrize("chart", render.CHARTS)
def test_the_elder_helm_makes_the_same(chart: str, name: str, with_tools: None) -> None:
    with or_skipped():
        tools.program("helm3")
    where = str(render.DEPLOY / chart)
    words = ("-f", f"{where}/overlays/{name}.yaml", "--kube-version", f"{tools.KUBERNETES}.0")
    render.helm("lint", "--strict", where, *words, by="helm3")
    elder, ours = (render.helm("template", "carebus", where, *words, by=by) for by in ("helm3", "helm"))
    assert list(yaml.safe_load_all(elder)) == list(yaml.safe_load_all(ours))


def test_what_a_trial_brings_along_is_known_to_the_api(with_tools: None, tmp_path: Path) -> None:
    servers = (render.DEPLOY / "trial/servers.yaml").read_text()
    made = [*trial.trial_secrets(), trial.topics_job("registry.example", "dev")]
    (tmp_path / "trial.yaml").write_text(f"{servers}\n---\n{yaml.safe_dump_all(made)}")
    assert conforms(tmp_path / "trial.yaml") == ""


def test_a_misspelt_field_would_be_seen(overlays: dict[str, Documents], tmp_path: Path) -> None:
    wrong = json.loads(json.dumps(of_kind(overlays["prod"], "ScaledObject", "Deployment", "HTTPRoute")))
    for one in wrong:
        one["spec"]["replica"] = 3
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump_all(wrong))
    assert conforms(tmp_path / "wrong.yaml").count("'replica' not allowed") == len(wrong)


def test_the_values_name_all_services_and_the_topics_they_hear() -> None:
    values = yaml.safe_load((render.DEPLOY / "chart/values.yaml").read_text())
    assert sorted(values["services"]) == topics.services()
    assert {name: own.get("topics", []) for name, own in values["services"].items()} == {
        name: topics.heard(name) for name in topics.services()
    }


def closed(schema: Any, at: str = "") -> Iterator[str]:
    """Where a schema of an object with known fields would let others pass."""
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("additionalProperties") is not False:
            yield at
        for name, part in schema.items():
            yield from closed(part, f"{at}/{name}")


@pytest.mark.parametrize("chart", render.CHARTS)
def test_the_schema_of_the_values_is_closed_and_knows_every_one(chart: str) -> None:
    schema = json.loads((render.DEPLOY / chart / "values.schema.json").read_text())
    assert list(closed(schema)) == []
    values = yaml.safe_load((render.DEPLOY / chart / "values.yaml").read_text())
    assert values.keys() == schema["properties"].keys() - {"global"}
    if chart == "chart":
        assert values["defaults"].keys() == schema["definitions"]["service"]["properties"].keys()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("defaults.replica.all=3", "replica"),
        ("services.outcomes.autoscaling.kind=vpa", "kind"),
        ("kafka.securityProtocol=TLS", "securityProtocol"),
        ("kafka.bootstrapServers=kafka", "bootstrapServers"),
        ("services.referral.image.digest=latest", "digest"),
        ("services.Referral.split=true", "Referral"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(value: str, said: str, with_values: Callable[..., Documents]) -> None:
    with pytest.raises(render.ChartRefused, match=said):
        with_values(value)


@pytest.mark.parametrize("value", ["kafka.bootstrapServers=", "database.host=", "image.registry="])
def test_what_cannot_be_guessed_must_be_said(value: str, with_values: Callable[..., Documents]) -> None:
    with pytest.raises(render.ChartRefused, match=value.rstrip("=")):
        with_values(value)


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_database_that_must_show_a_certificate_needs_its_authority(
    mode: str, with_values: Callable[..., Documents]
) -> None:
    with pytest.raises(render.ChartRefused, match=r"database\.caSecret\.name"):
        with_values(f"database.sslMode={mode}")
    assert with_values(f"database.sslMode={mode}", "database.caSecret.name=authority")


def test_a_pod_that_goes_at_once_has_no_hook_for_it(with_values: Callable[..., Documents]) -> None:
    for one in of_kind(with_values("defaults.preStopSeconds=0"), "Deployment"):
        (container,) = one["spec"]["template"]["spec"]["containers"]
        assert "lifecycle" not in container, "elder API servers refuse a sleep of no seconds"


@pytest.mark.parametrize("base", ["https://docs.ours.test/runbooks", "https://docs.ours.test/runbooks/", ""])
def test_an_alert_leads_to_its_page(base: str, with_values: Callable[..., Documents]) -> None:
    reached = "networkPolicy.metricsFrom[0].podSelector.matchLabels.app=prometheus"
    made = with_values("monitoring.enabled=true", f"monitoring.runbooks={base}", reached)
    rules = [
        rule for one in of_kind(made, "PrometheusRule") for each in one["spec"]["groups"] for rule in each["rules"]
    ]
    pages = [rule["annotations"]["runbook_url"] for rule in rules if "alert" in rule]
    assert len(pages) > 20
    wanted = "https://docs.ours.test/runbooks/" if base else "docs/runbooks/"
    assert all(re.fullmatch(re.escape(wanted) + r"[a-z-]+\.md", page) for page in pages)


def test_one_service_can_be_deployed_alone(with_values: Callable[..., Documents]) -> None:
    made = with_values(*(f"services.{name}.enabled=false" for name in topics.services() if name != "outcomes"))
    assert {one["metadata"]["name"] for one in of_kind(made, "Deployment", "Service", "ServiceAccount")} == {"outcomes"}


def test_a_service_of_ones_own_needs_its_name_alone(with_values: Callable[..., Documents]) -> None:
    made = with_values("services.bereavement.topics={patient.events}", "services.bereavement.replicas.all=3")
    assert named(made, "Deployment", "bereavement")["spec"]["replicas"] == 3
    assert environment(named(made, "Deployment", "bereavement")["spec"]["template"]["spec"])["DATABASE_URL"] == (
        "postgresql://carebus_bereavement@postgres:5432/carebus_bereavement?sslmode=disable"
    )


def test_roles_together_and_apart(with_values: Callable[..., Documents]) -> None:
    made = with_values("services.referral.split=true")
    roles = {
        one["metadata"]["name"]: environment(one["spec"]["template"]["spec"])["CAREBUS_ROLE"]
        for one in of_kind(made, "Deployment")
    }
    assert roles == {
        "referral-api": "api",
        "referral-subscriber": "subscriber",
        "referral-relay": "relay",
        "care-plan": "all",
        "notifications": "all",
        "outcomes": "all",
        "audit": "all",
        "line": "all",
        "wishes": "all",
        "equipment": "all",
    }


SECURITY = {
    "PLAINTEXT": [],
    "SASL_SSL": ["password"],
    "SSL": ["user.crt", "user.key"],
}


@pytest.mark.parametrize("protocol", SECURITY)
def test_brokers_are_shown_what_they_ask_for(protocol: str, with_values: Callable[..., Documents]) -> None:
    made = with_values(f"kafka.securityProtocol={protocol}", "kafka.caSecret.name=authority")
    spec = named(made, "Deployment", "care-plan")["spec"]["template"]["spec"]
    (volume,) = [each for each in spec["volumes"] if each["name"] == "kafka"]
    files = {
        item["path"]: source["secret"]["name"]
        for source in volume["projected"]["sources"]
        for item in source["secret"]["items"]
    }
    assert files == {"ca.crt": "authority", **dict.fromkeys(SECURITY[protocol], "carebus-care-plan")}
    told = environment(spec)
    assert told["KAFKA_CA_FILE"] == "/etc/carebus/kafka/ca.crt"
    assert ("KAFKA_SASL_PASSWORD_FILE" in told) == (protocol == "SASL_SSL")
    assert ("KAFKA_KEY_FILE" in told) == (protocol == "SSL")


def test_production_asks_for_encryption_copies_and_several_of_everything(overlays: dict[str, Documents]) -> None:
    for one in of_kind(overlays["prod"], "Deployment"):
        told = environment(one["spec"]["template"]["spec"])
        assert told["KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
        assert "sslmode=verify-full" in told["DATABASE_URL"]
        assert one["spec"].get("replicas", 3) >= 2
    for one in of_kind(render.overlay("topics", "prod"), "KafkaTopic"):
        assert one["spec"]["replicas"] == 3
        assert one["spec"]["config"]["min.insync.replicas"] == 2
        assert 12 <= one["spec"]["partitions"] <= 24
        assert one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_users_stay_like_topics_and_their_secrets_say_who_may_copy_them(with_tools: None) -> None:
    copied = ("--set", r"users.secretAnnotations.reflector\.example/namespaces=carebus")
    users = of_kind(render.overlay("topics", "prod", *copied), "KafkaUser")
    assert len(users) == len(topics.services()) + 1
    for one in users:
        assert one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        secret = one["spec"]["template"]["secret"]
        assert secret == {"metadata": {"annotations": {"reflector.example/namespaces": "carebus"}}}
    assert all("template" not in one["spec"] for one in of_kind(render.overlay("topics", "prod"), "KafkaUser"))


def test_the_image_of_every_pod_can_be_named_by_its_digest(with_values: Callable[..., Documents]) -> None:
    digest = "sha256:" + "0" * 64
    made = with_values(f"services.outcomes.image.digest={digest}")
    found = {spec["containers"][0]["image"] for of, _, spec in pods(made) if "outcomes" in of}
    assert found == {f"registry.example/carebus/carebus-outcomes@{digest}"}


def test_the_kustomizations_are_what_the_chart_comes_to(with_tools: None) -> None:
    assert render.stale() == []


@pytest.mark.parametrize("part", ["migrate-pre", "release", "migrate-post"])
def test_what_the_page_shows_of_kustomizations_builds_and_pulls_no_example(
    part: str, with_tools: None, tmp_path: Path
) -> None:
    shutil.copytree(render.KUSTOMIZE, tmp_path / "deploy/kustomize")
    page = (render.DEPLOY.parent / "docs/how-to/deploy-on-kubernetes.md").read_text()
    for name, text in re.findall(r"```yaml\n# (ours/\S+)\n(.+?)```", page, re.DOTALL):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    words = [str(tools.program("kubectl")), "kustomize", str(tmp_path / "ours" / part)]
    built = subprocess.run(words, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert built.stdout.count("image: registry.ours.test/carebus-") >= len(topics.services())
    assert "registry.example" not in built.stdout
    if part == "release":
        assert "- care.ours.test" in built.stdout
        assert built.stdout.count("value: 800-555-0142") == len(topics.services())


@pytest.mark.parametrize("name", render.OVERLAYS)
def test_a_kustomization_has_all_that_the_chart_has(name: str, overlays: dict[str, Documents]) -> None:
    built = subprocess.run(
        [str(tools.program("kubectl")), "kustomize", str(render.KUSTOMIZE / "overlays" / name)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = {(one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(built)}
    assert found == {(one["kind"], one["metadata"]["name"]) for one in overlays[name] if not render.hook(one)}
