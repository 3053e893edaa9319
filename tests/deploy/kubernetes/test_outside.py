"""One host for all services: what leads where, what each is told of it, and that the local front door is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carebus.web.links import Link, written
from deploy.kubernetes import render
from deploy.local.front_door import OUTSIDERS, prefix_of
from deploy.local.menu import OPEN_TO, label_of, link_to, of_people
from deploy.local.options import SERVICES
from tests.deploy.kubernetes.conftest import Documents
from tests.deploy.kubernetes.manifests import environment, named, of_kind, selects

pytestmark = pytest.mark.deploy

HOST = "care.ours.test"
SHOWN = (f"host={HOST}", "trustedProxies=10.1.0.0/16", "gateway.parentRefs[0].name=front")
WAYS = ("ingress", "gateway")
HOME = "care-plan"
Way = tuple[str, str, str]
"""How a path is compared, the path, and the Service behind it."""


def ways_in(manifests: Documents) -> set[Way]:
    """What leads from outside to which Service, however it does."""
    found: set[Way] = set()
    for one in of_kind(manifests, "Ingress"):
        (rule,) = one["spec"]["rules"]
        for path in rule["http"]["paths"]:
            found.add((path["pathType"], path["path"], path["backend"]["service"]["name"]))
    for one in of_kind(manifests, "HTTPRoute"):
        for rule in one["spec"]["rules"]:
            (behind,) = rule["backendRefs"]
            found |= {(match["path"]["type"][-6:], match["path"]["value"], behind["name"]) for match in rule["matches"]}
    return {(how.removeprefix("Path").capitalize(), path, service) for how, path, service in found}


def of_service(service: str) -> str:
    return service.replace("_", "-")


def told(manifests: Documents, service: str) -> dict[str, str]:
    return environment(named(manifests, "Deployment", of_service(service))["spec"]["template"]["spec"])


def below() -> set[Way]:
    return {("Prefix", prefix_of(name), of_service(name)) for name in SERVICES}


def at_root() -> set[Way]:
    return {("Prefix", path, "referral") for path in OUTSIDERS}


@pytest.mark.parametrize("way", WAYS)
def test_the_host_leads_where_the_front_door_of_a_local_run_does(
    way: str, with_values: Callable[..., Documents]
) -> None:
    made = with_values(*SHOWN, f"{way}.enabled=true")
    assert ways_in(made) == {("Exact", "/", HOME)} | below() | at_root()
    (one,) = of_kind(made, "Ingress", "HTTPRoute")
    assert one["metadata"]["name"] == "carebus"
    assert HOST in str(one["spec"])


def test_production_shows_all_services_on_one_host_of_a_gateway(overlays: dict[str, Documents]) -> None:
    assert ways_in(overlays["prod"]) == {("Exact", "/", HOME)} | below() | at_root()
    assert ways_in(overlays["dev"]) == set()


def test_without_a_way_in_nothing_is_shown_and_all_know_their_addresses(with_values: Callable[..., Documents]) -> None:
    made = with_values(f"host={HOST}")
    assert of_kind(made, "Ingress", "HTTPRoute") == []
    assert told(made, "care_plan")["CAREBUS_PUBLIC_URL"] == f"https://{HOST}/care-plan"


def ports_of(manifests: Documents, service: str) -> dict[Any, int]:
    """The ports of the pods behind a Service, by the name and the number that routes may say."""
    spec = named(manifests, "Service", service)["spec"]
    (owner,) = [
        each
        for each in of_kind(manifests, "Deployment")
        if selects({"matchLabels": spec["selector"]}, each["spec"]["template"]["metadata"]["labels"])
    ]
    named_ports = {
        each["name"]: each["containerPort"] for each in owner["spec"]["template"]["spec"]["containers"][0]["ports"]
    }
    return {key: named_ports[each["targetPort"]] for each in spec["ports"] for key in (each["name"], each["port"])}


@pytest.mark.parametrize("way", WAYS)
def test_no_route_leads_to_the_operators_port(way: str, with_values: Callable[..., Documents]) -> None:
    made = with_values(*SHOWN, f"{way}.enabled=true", "defaults.split=true")
    backends = [
        (path["backend"]["service"]["name"], path["backend"]["service"]["port"]["name"])
        for one in of_kind(made, "Ingress")
        for path in one["spec"]["rules"][0]["http"]["paths"]
    ]
    backends += [
        (behind["name"], behind["port"])
        for one in of_kind(made, "HTTPRoute")
        for rule in one["spec"]["rules"]
        for behind in rule["backendRefs"]
    ]
    found = {ports_of(made, service)[port] for service, port in backends}
    (operators,) = {ports_of(made, service)["operators"] for service, _ in backends}
    assert found == {8000}
    assert operators not in found


def test_each_service_is_told_where_it_is(with_values: Callable[..., Documents]) -> None:
    made = with_values(*SHOWN)
    for service in SERVICES:
        found = told(made, service)
        assert found["CAREBUS_PREFIX"] == prefix_of(service)
        assert found["CAREBUS_PUBLIC_URL"] == f"https://{HOST}{prefix_of(service)}"
        assert found["CAREBUS_HOSTS"] == of_service(service)
        assert found["CAREBUS_TRUSTED_PROXIES"] == "10.1.0.0/16"
        letters = service in {"referral", "notifications"}
        assert found.get("CAREBUS_REFERRAL_URL") == ("http://127.0.0.1:8101" if letters else None), "as dev says itself"


def test_private_links_begin_with_the_host_unless_something_else_is_said(overlays: dict[str, Documents]) -> None:
    for name in ("referral-api", "notifications-subscriber"):
        found = environment(named(overlays["prod"], "Deployment", name)["spec"]["template"]["spec"])
        assert found["CAREBUS_REFERRAL_URL"] == "https://care.carebus.example"


ABOUT = ("referral", "care_plan", "notifications", "audit", "line", "wishes", "equipment")


def test_the_menu_is_that_of_a_local_run(with_values: Callable[..., Documents]) -> None:
    made = with_values(*SHOWN)
    at = {service: f"https://{HOST}{prefix_of(service)}" for service in SERVICES}
    links = [link_to(service, where) for service, where in at.items()]
    wanted = [
        *links,
        *of_people(
            at["referral"], at["care_plan"], at["notifications"], at["audit"], at["line"], at["wishes"], at["equipment"]
        ),
    ]
    for service in SERVICES:
        assert told(made, service)["CAREBUS_LINKS"].split(",") == [written(link) for link in wanted]


def test_a_service_of_ones_own_joins_host_and_menu(with_values: Callable[..., Documents]) -> None:
    own = ("services.after_care.topics={patient.events}", "services.after_care.openTo={nurse}")
    made = with_values(*SHOWN, "ingress.enabled=true", *own)
    assert ("Prefix", "/after-care", "after-care") in ways_in(made)
    link = Link(label_of("after_care"), f"https://{HOST}/after-care", frozenset({"nurse"}))
    assert written(link) in told(made, "referral")["CAREBUS_LINKS"].split(",")


def test_a_service_that_is_not_shown_outside_is_in_no_menu_and_no_route(with_values: Callable[..., Documents]) -> None:
    made = with_values(
        *SHOWN, "gateway.enabled=true", "services.audit.outside=false", "services.outcomes.enabled=false"
    )
    assert {service for _, _, service in ways_in(made)} == {
        "referral",
        "care-plan",
        "notifications",
        "line",
        "wishes",
        "equipment",
    }
    assert "Audit=" not in told(made, "referral")["CAREBUS_LINKS"]


def test_families_and_referrers_alone_can_be_let_in(with_values: Callable[..., Documents]) -> None:
    paths = "services.referral.atRoot={/status,/my,/referral/static}"
    made = with_values(*SHOWN, "gateway.enabled=true", "home=", "defaults.outside=false", paths)
    assert ways_in(made) == {("Prefix", path, "referral") for path in ("/status", "/my", "/referral/static")}


def test_the_menu_of_one_service_alone_leads_nowhere_else(with_values: Callable[..., Documents]) -> None:
    others = (f"services.{name}.enabled=false" for name in SERVICES if name != "outcomes")
    made = with_values(*SHOWN, "gateway.enabled=true", *others)
    assert ways_in(made) == {("Prefix", "/outcomes", "outcomes")}
    assert told(made, "outcomes")["CAREBUS_LINKS"] == written(
        Link("Outcomes", f"https://{HOST}/outcomes", frozenset(OPEN_TO["outcomes"]))
    )


@pytest.mark.parametrize("way", WAYS)
def test_who_stands_before_the_pages_must_be_said(way: str, with_values: Callable[..., Documents]) -> None:
    with pytest.raises(render.ChartRefused, match="trustedProxies"):
        with_values(f"host={HOST}", f"{way}.enabled=true")
    with pytest.raises(render.ChartRefused, match="trustedProxies"):
        with_values(f"host={HOST}", f"{way}.enabled=true", "trustedProxies=*")


def test_sign_in_is_told_to_every_service_and_its_secret_is_a_file(overlays: dict[str, Documents]) -> None:
    for one in of_kind(overlays["prod"], "Deployment"):
        spec = one["spec"]["template"]["spec"]
        found = environment(spec)
        assert found["CAREBUS_OIDC_ISSUER"] == "https://sign-in.carebus.example/realms/carebus"
        assert found["CAREBUS_SECRETS_DIR"] == "/etc/carebus/settings"
        (volume,) = [each for each in spec["volumes"] if each["name"] == "settings"]
        items = [item for source in volume["projected"]["sources"] for item in source["secret"].get("items", [])]
        assert items == [{"key": "client-secret", "path": "CAREBUS_OIDC_CLIENT_SECRET"}]


def test_nothing_is_said_of_sign_in_without_a_provider(overlays: dict[str, Documents]) -> None:
    for service in SERVICES:
        assert not [name for name in told(overlays["dev"], service) if "OIDC" in name]


def test_what_is_said_for_a_service_counts_more_than_what_follows(with_values: Callable[..., Documents]) -> None:
    made = with_values(*SHOWN, "services.outcomes.settings.CAREBUS_PUBLIC_URL=https://figures.ours.test")
    env = named(made, "Deployment", "outcomes")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [each["value"] for each in env if each["name"] == "CAREBUS_PUBLIC_URL"] == ["https://figures.ours.test"]
