"""What every pod of every overlay keeps to, whatever the values: security, availability, reach."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from urllib.parse import urlsplit

import pytest
import yaml

from carebus.settings import Settings
from deploy.kubernetes import render, trial
from deploy.kubernetes.topics import heard, services
from docs.generated.settings import _variable
from tests.deploy.kubernetes.conftest import Documents
from tests.deploy.kubernetes.manifests import environment, named, of_kind, pods, selects

pytestmark = pytest.mark.deploy

OUTWARD = {"notifications": {25, 465, 587}, "referral": {443}}
"""Who speaks to whom outside, by ports: mail servers; receivers of webhooks."""
PROVIDER = 443
"""Where people sign in; every service asks there, if it is told where that is."""
PLAINLY_KNOWN = {"CAREBUS_SECRETS_DIR"}


def test_every_pod_keeps_to_the_restricted_standard(manifests: Documents) -> None:
    for of, _, spec in pods(manifests):
        secured = spec["securityContext"]
        assert (secured["runAsNonRoot"], secured["runAsUser"]) == (True, 10001), of
        assert secured["seccompProfile"] == {"type": "RuntimeDefault"}, of
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), of
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, of
            assert not [port for port in container.get("ports", []) if "hostPort" in port], of


def test_no_pod_has_a_token_and_every_pod_says_what_it_takes(manifests: Documents) -> None:
    for of, _, spec in pods(manifests):
        assert spec["automountServiceAccountToken"] is False, of
        for container in spec["containers"]:
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}, of
            assert "memory" in container["resources"]["limits"], of
        volumes = [volume for volume in spec.get("volumes", []) if "emptyDir" in volume]
        assert all("sizeLimit" in volume["emptyDir"] for volume in volumes), of
    assert all(one["automountServiceAccountToken"] is False for one in of_kind(manifests, "ServiceAccount"))


def test_secrets_are_named_and_never_made_nor_shown_in_the_environment(manifests: Documents) -> None:
    assert of_kind(manifests, "Secret") == []
    for of, _, spec in pods(manifests):
        for container in spec["containers"]:
            assert not [each for each in container.get("env", []) if "valueFrom" in each], of
            for name, value in ((each["name"], each["value"]) for each in container.get("env", [])):
                assert not re.search(r"://[^/]*:[^/]*@", value), f"{of}: a password in {name}"


def test_every_setting_that_a_pod_is_told_exists(manifests: Documents) -> None:
    for one in of_kind(manifests, "Deployment"):
        package = one["metadata"]["labels"]["app.kubernetes.io/name"].replace("-", "_")
        kind: type[Settings] = import_module(f"services.{package}.settings").Settings
        known = {_variable(name, field) for name, field in kind.model_fields.items()} | PLAINLY_KNOWN
        assert environment(one["spec"]["template"]["spec"]).keys() <= known


def test_probes_never_ask_the_broker_and_the_grace_is_above_the_drain(manifests: Documents) -> None:
    for one in of_kind(manifests, "Deployment"):
        spec = one["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        assert container["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "operators"}
        assert container["startupProbe"]["httpGet"] == {"path": "/health/live", "port": "operators"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "operators"}
        before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        drain = float(environment(spec)["CAREBUS_DRAIN_SECONDS"])
        assert spec["terminationGracePeriodSeconds"] >= before + drain + 26  # HTTP 5 s, `running`, operators 1 s
        assert one["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert {rule["topologyKey"] for rule in spec["topologySpreadConstraints"]} >= {"topology.kubernetes.io/zone"}


def test_every_deployment_has_one_budget_that_lets_sick_pods_go(manifests: Documents) -> None:
    for one in of_kind(manifests, "Deployment"):
        labels = one["spec"]["template"]["metadata"]["labels"]
        budgets = [
            each for each in of_kind(manifests, "PodDisruptionBudget") if selects(each["spec"]["selector"], labels)
        ]
        (budget,) = budgets
        assert budget["spec"]["maxUnavailable"] >= 1
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_a_service_leads_to_the_pods_with_its_pages_alone(manifests: Documents) -> None:
    for one in of_kind(manifests, "Service"):
        taken = [
            each["metadata"]["labels"]["app.kubernetes.io/component"]
            for each in of_kind(manifests, "Deployment")
            if selects({"matchLabels": one["spec"]["selector"]}, each["spec"]["template"]["metadata"]["labels"])
        ]
        assert taken in (["all"], ["api"])


def test_ports_of_pods_are_those_that_the_service_listens_on(manifests: Documents) -> None:
    defaults = {name: Settings.model_fields[name].default for name in ("port", "operators_port")}
    for one in of_kind(manifests, "Deployment"):
        spec = one["spec"]["template"]["spec"]
        found = {each["name"]: each["containerPort"] for each in spec["containers"][0]["ports"]}
        has_pages = environment(spec)["CAREBUS_ROLE"] in {"all", "api"}
        assert found == ({"http": defaults["port"]} if has_pages else {}) | {"operators": defaults["operators_port"]}


def test_only_whoever_watches_reaches_the_operators_port(overlays: dict[str, Documents]) -> None:
    watching = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    for name, wanted in (("dev", []), ("prod", [watching])):
        for one in of_kind(overlays[name], "NetworkPolicy"):
            rules = [rule for rule in one["spec"].get("ingress", []) if {"port": "operators"} in rule["ports"]]
            assert all(rule["ports"] == [{"port": "operators"}] for rule in rules)
            if not rules:
                assert "ingress" not in one["spec"]
                continue
            ((tests, *others),) = [rule["from"] for rule in rules]
            assert others == wanted
            for of, labels, _ in pods(overlays[name]):
                assert selects(tests["podSelector"], labels) == of.startswith("Pod "), of


def test_metrics_are_read_on_the_operators_port(overlays: dict[str, Documents]) -> None:
    (monitor,) = of_kind(overlays["prod"], "PodMonitor")
    assert [(each["port"], each["path"]) for each in monitor["spec"]["podMetricsEndpoints"]] == [
        ("operators", "/metrics")
    ]


def test_nobody_reaches_or_is_reached_beyond_what_is_said(manifests: Documents) -> None:
    (denied,) = [one for one in of_kind(manifests, "NetworkPolicy") if one["metadata"]["name"].endswith("nothing-else")]
    assert denied["spec"].keys() == {"podSelector", "policyTypes"}
    for of, labels, spec in pods(manifests):
        if of.startswith("Pod "):
            continue  # helm's tests: they may reach what they ask
        assert selects(denied["spec"]["podSelector"], labels), of
        allowed = reached(manifests, labels)
        outward = OUTWARD.get(labels["app.kubernetes.io/name"], set()) if of.startswith("Deployment") else set()
        outward = outward | {PROVIDER for name in environment(spec) if name == "CAREBUS_OIDC_ISSUER"}
        assert 5432 in allowed, of
        assert allowed <= {53, 5432} | (set() if of.startswith("Job") else {9092, 9093, 9094, 4318}) | outward, of


def test_a_migration_finds_its_way_before_anything_else_is_there(manifests: Documents) -> None:
    for package in services():
        for phase in ("pre", "post"):
            job = named(manifests, "Job", f"{package.replace('_', '-')}-migrate-{phase}")
            notes = job["metadata"]["annotations"]
            back = ",pre-rollback" if phase == "pre" else ""
            assert notes["helm.sh/hook"] == f"{phase}-install,{phase}-upgrade{back}"
            (container,) = job["spec"]["template"]["spec"]["containers"]
            assert container["command"][2:] == ["carebus", "migrate", package, "--phase", phase]
            assert "serviceAccountName" not in job["spec"]["template"]["spec"]
    policy = named(manifests, "NetworkPolicy", "carebus-migration")["metadata"]["annotations"]
    assert int(policy["helm.sh/hook-weight"]) < 0
    assert policy["helm.sh/hook"] == "pre-install,pre-upgrade,pre-rollback"


def test_more_pods_than_partitions_are_never_asked_for(with_values: Callable[..., Documents]) -> None:
    scaled = with_values("defaults.autoscaling.kind=keda", "defaults.autoscaling.maxReplicas=50")
    for one in of_kind(scaled, "ScaledObject"):
        assert one["spec"]["maxReplicaCount"] == 6
        assert one["spec"]["fallback"]["behavior"] == "currentReplicasIfHigher", "no pod goes while the broker is away"
        assert "replicas" not in named(scaled, "Deployment", one["metadata"]["name"])["spec"]
    by_lag = {one["metadata"]["name"] for one in of_kind(scaled, "ScaledObject")}
    assert by_lag == {service.replace("_", "-") for service in services() if heard(service)}
    deaf = {service.replace("_", "-") for service in services()} - by_lag
    assert {one["metadata"]["name"] for one in of_kind(scaled, "HorizontalPodAutoscaler")} == deaf


@pytest.fixture(scope="module")
def on_trial(with_tools: None) -> Documents:
    """What `make deploy-trial` makes of the chart."""
    values = [word for file in trial.VALUES for word in ("-f", str(file))]
    return render.rendered("chart", *values, "--set", "image.registry=registry.example")


def pods_port(servers: Documents, service: str, port: int) -> int:
    """The port of the pods behind a port of a Service, which is what policies look at."""
    one = named(servers, "Service", service)["spec"]
    (target,) = [each.get("targetPort", each["port"]) for each in one["ports"] if each["port"] == port]
    (owner,) = [
        each
        for each in of_kind(servers, "Deployment")
        if selects({"matchLabels": one["selector"]}, each["spec"]["template"]["metadata"]["labels"])
    ]
    ports = owner["spec"]["template"]["spec"]["containers"][0]["ports"]
    return next(int(each["containerPort"]) for each in ports if target in (each["name"], each["containerPort"]))


@pytest.mark.parametrize("package", services())
def test_a_service_on_trial_may_reach_the_pods_of_the_servers_it_uses(package: str, on_trial: Documents) -> None:
    servers = [one for one in yaml.safe_load_all((render.DEPLOY / "trial/servers.yaml").read_text()) if one]
    deployment = named(on_trial, "Deployment", package.replace("_", "-"))["spec"]["template"]
    told = environment(deployment["spec"])
    used = [urlsplit(told["DATABASE_URL"]), urlsplit(f"kafka://{told['KAFKA_BOOTSTRAP_SERVERS']}")]
    if package == "notifications":
        settings = named(trial.trial_secrets(), "Secret", "carebus-notifications-settings")["stringData"]
        used.append(urlsplit(settings["SMTP_URL"]))
    for each in used:
        wanted = pods_port(servers, str(each.hostname), each.port or 0)
        assert wanted in reached(on_trial, deployment["metadata"]["labels"]), each.hostname


def reached(manifests: Documents, labels: dict[str, str]) -> set[int]:
    """The ports that a pod with these labels may reach."""
    return {
        port["port"]
        for policy in of_kind(manifests, "NetworkPolicy")
        if selects(policy["spec"]["podSelector"], labels)
        for rule in policy["spec"].get("egress", [])
        for port in rule["ports"]
    }


def test_what_is_scraped_is_called_carebus_whatever_the_release_is_called(with_tools: None) -> None:
    values = ("-f", str(render.DEPLOY / "chart/overlays/prod.yaml"))
    made = render.rendered("chart", *values, release="palliative")
    (monitor,) = of_kind(made, "PodMonitor")
    label = monitor["spec"]["jobLabel"]
    for one in of_kind(made, "Deployment"):
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert "carebus" in labels[label], "as CarebusServiceDown wants the job to be called"


def test_metrics_that_nobody_may_read_are_refused(with_values: Callable[..., Documents]) -> None:
    with pytest.raises(render.ChartRefused, match=r"networkPolicy\.metricsFrom"):
        with_values("monitoring.enabled=true", "networkPolicy.pagesFrom[0].podSelector.matchLabels.app=gateway")
    for one in ("metricsFrom[0].podSelector.matchLabels.app=prometheus", "enabled=false"):
        assert with_values("monitoring.enabled=true", f"networkPolicy.{one}")


BESIDE_THE_POOL = 4
"""Connections that a process holds beside its pool, as docs/operating.md reckons."""


def replicas(manifests: Documents, name: str) -> tuple[int, int]:
    """How many pods of a Deployment there are, at least and at most."""
    for one in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject"):
        if one["metadata"]["name"] == name:
            spec = one["spec"]
            least, most = (
                ("minReplicas", "maxReplicas") if "minReplicas" in spec else ("minReplicaCount", "maxReplicaCount")
            )
            return int(spec[least]), int(spec[most])
    count = int(named(manifests, "Deployment", name)["spec"]["replicas"])
    return count, count


def test_pages_have_a_bound_of_their_own(overlays: dict[str, Documents]) -> None:
    for one in of_kind(overlays["prod"], "HorizontalPodAutoscaler"):
        assert replicas(overlays["prod"], one["metadata"]["name"]) == (3, 6)
    asked = yaml.safe_load((render.DEPLOY / "chart/overlays/prod.yaml").read_text())
    told = [asked["defaults"], *asked["services"].values()]
    assert [one["replicas"] for one in told if "replicas" in one] == [{"relay": 2}], "the others are an autoscaler's"


def test_the_page_says_how_many_connections_production_may_take(overlays: dict[str, Documents]) -> None:
    least = most = rolling = 0
    for one in of_kind(overlays["prod"], "Deployment"):
        each = int(environment(one["spec"]["template"]["spec"])["CAREBUS_DATABASE_CONNECTIONS"]) + BESIDE_THE_POOL
        few, many = replicas(overlays["prod"], one["metadata"]["name"])
        least, most, rolling = least + few * each, most + many * each, rolling + (many + 1) * each
    page = (render.DEPLOY.parent / "docs/operating.md").read_text()
    assert f"{least:,} connections when it is quiet, {most:,} at most and {rolling:,} in a rollout" in page


@pytest.mark.parametrize("kind", ["none", "hpa", "keda"])
def test_a_deployment_is_scaled_by_one_hand(kind: str, with_values: Callable[..., Documents]) -> None:
    made = with_values(f"defaults.autoscaling.kind={kind}", "defaults.split=true")
    for one in of_kind(made, "Deployment"):
        name = one["metadata"]["name"]
        hands = [
            each
            for each in of_kind(made, "HorizontalPodAutoscaler", "ScaledObject")
            if each["metadata"]["name"] == name
        ]
        assert len(hands) + ("replicas" in one["spec"]) == 1, name
