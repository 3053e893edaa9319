"""Every route of every service, asked by every role about their own, another's, a merged and a former patient."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from carebus.access import CLINICAL, AccountRole, Ends, Follows, Holds, Relation
from carebus.ids import new_id
from carebus.storage import emergency, relations
from carebus.testing import START, Bench, people
from carebus.web.admission import routes_in
from services.audit import app as audit
from services.audit.settings import Settings as AuditSettings
from services.care_plan import app as care_plan
from services.care_plan.settings import Settings as CarePlanSettings
from services.equipment import app as equipment
from services.equipment.settings import Settings as EquipmentSettings
from services.line import app as line
from services.line.settings import Settings as LineSettings
from services.notifications import app as notifications
from services.notifications.settings import Settings as NotificationSettings
from services.outcomes import app as outcomes
from services.outcomes.settings import Settings as OutcomeSettings
from services.referral import app as referral
from services.referral.settings import Settings as ReferralSettings
from services.wishes import app as wishes
from services.wishes.settings import Settings as WishesSettings
from tests.access.policy import ACCOUNT, OUTSIDE, PUBLIC, Promise, promise
from tests.benches import service_bench
from tests.care_plan.people import accepted, due_visits, staff
from tests.equipment.homes import SECRET, SUPPLIERS
from tests.referral.acting import SCOPES
from tests.referral.samples import body
from tests.wishes.people import KEYS

SERVICES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "referral": (referral.make, ReferralSettings, {}),
    "care_plan": (care_plan.make, CarePlanSettings, {}),
    "notifications": (notifications.make, NotificationSettings, {"SMTP_URL": "smtp://x:1", "mail_from": "a@b.example"}),
    "line": (line.make, LineSettings, {}),
    "wishes": (wishes.make, WishesSettings, {"document_keys": KEYS}),
    "equipment": (equipment.make, EquipmentSettings, {"order_link_secret": SECRET, "suppliers": SUPPLIERS}),
    "audit": (audit.make, AuditSettings, {}),
    "outcomes": (outcomes.make, OutcomeSettings, {}),
}
STANDINGS = ("own", "other's", "merged", "ended", "emergency", "unknown")
SEEN = {
    **dict.fromkeys(CLINICAL, ("own", "merged", "emergency")),
    **dict.fromkeys(OUTSIDE, ("own", "merged")),
}
"""A patient to whom somebody stands so; or to a record that goes on as this one. Whoever isn't named sees all."""
STANDS_AS = {
    **dict.fromkeys(CLINICAL, Relation.PANEL),
    AccountRole.HEALTH_PLAN: Relation.MEMBER,
    AccountRole.FAMILY_MEMBER: Relation.RELATIVE,
}
OUTSIDER, PROGRAM = "outsider", "program"
WHO = (*AccountRole, OUTSIDER, PROGRAM)
REFUSED = {401, 403}
SIGN_IN = "/sign-in?"
JSON = {"Accept": "application/json"}


def bearer(who: AccountRole | str, *scopes: str) -> dict[str, str]:
    if who == OUTSIDER:
        return {}
    if who == PROGRAM:
        return people.bearer(people.token(subject="program", scope=" ".join(scopes)))
    return people.bearer(people.token(AccountRole(who), subject=who))


async def asked(http: httpx.AsyncClient, route: str, ids: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    method, _, path = route.partition(" ")
    address = re.sub(r"\{(\w+)(:path)?\}", lambda found: ids.get(found[1], "x"), path)
    body: dict[str, Any] = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
    return await http.request(method, address, headers={**JSON, "Idempotency-Key": str(new_id()), **headers}, **body)


def is_open(said: Promise, who: AccountRole | str, standing: str) -> bool:
    """What the promise says of this caller and this patient."""
    if said.to == PUBLIC:
        return True
    if who == OUTSIDER:
        return False
    if said.to == ACCOUNT:
        return True
    if who == PROGRAM:
        return bool(said.scopes)
    assert isinstance(said.to, frozenset)
    return who in said.to and (not said.own or standing in SEEN.get(AccountRole(who), STANDINGS))


async def patients(bench: Bench) -> dict[str, dict[str, str]]:
    """A patient and a visit for each standing of whoever asks: `unknown` is nobody."""
    found: dict[str, dict[str, str]] = {"unknown": {"patient_id": str(new_id()), "visit_id": str(new_id())}}
    await staff(bench, each=3)
    for standing in STANDINGS[:-1]:
        patient = new_id()
        await bench.hears(accepted(), patient=patient)
        (visit,) = [one for one in await due_visits(bench) if one["patient_id"] == str(patient)]
        found[standing] = {"patient_id": str(patient), "visit_id": visit["visit_id"]}
    await stand(bench, {name: UUID(ids["patient_id"]) for name, ids in found.items()})
    return found


async def stand(bench: Bench, of: dict[str, UUID]) -> None:
    """Put clinicians on the panels of their own patients, of a record that goes on as another, and of former ones."""
    accounts = [people.account(role) for role in AccountRole]
    before = new_id()
    subjects = of["own"], before, of["ended"]
    held = [Holds(STANDS_AS[who], people.account(who), subject, START) for who in STANDS_AS for subject in subjects]
    async with bench.service.core.database.transaction() as db:
        await relations.write(db, held)
        for each in accounts:
            await emergency.take(db, each, of["emergency"], "a test of emergencies")
        ends = [Ends(relation, of["ended"], START) for relation in Relation]
        await relations.write(db, [*ends, Follows(before, of["merged"])])


async def no_patients(_: Bench) -> dict[str, dict[str, str]]:
    return {standing: {"patient_id": str(new_id())} for standing in STANDINGS}


async def referred(bench: Bench) -> dict[str, dict[str, str]]:
    """A patient with a referral for each standing of whoever asks: `unknown` is nobody."""
    found = {"unknown": {"patient_id": str(new_id()), "referral_id": str(new_id())}}
    for n, standing in enumerate(STANDINGS[:-1]):
        given, *family = ("Ada Birk", "Boris Quenneville", "Cleo Marsh", "Dov Tal", "Edda Frost")[n].split()
        person = {"given_name": given, "family_name": family[0], "birth_date": f"194{n}-0{n + 1}-11"}
        answer = await bench.command("/api/referrals", body(patient={**body()["patient"], **person}))
        assert answer.status_code == 201, answer.text
        found[standing] = {name: answer.json()[name] for name in ("patient_id", "referral_id")}
    await stand(bench, {name: UUID(ids["patient_id"]) for name, ids in found.items()})
    return found


MAKES: dict[str, Callable[[Bench], Awaitable[dict[str, dict[str, str]]]]] = {
    "care_plan": patients,
    "referral": referred,
}
COUNTED: Counter[str] = Counter()


@pytest.mark.parametrize("name", SERVICES)
async def test_every_route_is_open_to_whom_it_is_promised_and_to_nobody_else(
    name: str, postgres_url: str, tmp_path: Path
) -> None:
    make, settings, more = SERVICES[name]
    async with service_bench(
        name, make, settings, admin_url=postgres_url, folder=tmp_path, token_for=lambda _: people.everybody(), **more
    ) as bench:
        about = await MAKES.get(name, no_patients)(bench)
        routes = [f"{method} {path}" for method, path in routes_in(bench.service.router.routes)]
        wrong = []
        async with bench.as_() as http:
            for route, who, standing in itertools.product(routes, WHO, STANDINGS):
                said = promise(name, route)
                answer = await asked(http, route, about[standing], bearer(who, *SCOPES.split()))
                COUNTED[name] += 1
                if not as_promised(said, who, standing, answer):
                    wrong.append(f"{who} {route} ({standing}): {answer.status_code}")
    assert not wrong, wrong[:20]


def as_promised(said: Promise, who: AccountRole | str, standing: str, answer: httpx.Response) -> bool:
    refused = answer.status_code in REFUSED
    if is_open(said, who, standing):
        fine = not refused or said.to == ACCOUNT
        return fine and answer.status_code < 500
    if said.own and who in SEEN and isinstance(said.to, frozenset) and who in said.to:
        return answer.status_code == 404
    return refused or answer.status_code == 401


async def test_a_patient_one_may_not_see_looks_exactly_like_none(postgres_url: str, tmp_path: Path) -> None:
    make, settings, more = SERVICES["care_plan"]
    async with service_bench("care_plan", make, settings, admin_url=postgres_url, folder=tmp_path, **more) as bench:
        about = await patients(bench)
        async with bench.as_(AccountRole.NURSE) as http:
            for route in ("GET /patients/{patient_id}", "GET /api/patients/{patient_id}", "GET /visits/{visit_id}"):
                answers = [
                    await asked(http, route, about[standing], bearer(AccountRole.NURSE))
                    for standing in ("other's", "unknown")
                ]
                assert [answer.status_code for answer in answers] == [404, 404]
                assert answers[0].content == answers[1].content


async def test_a_list_shows_a_clinician_their_own_patients_and_the_office_all(
    postgres_url: str, tmp_path: Path
) -> None:
    make, settings, more = SERVICES["care_plan"]
    async with service_bench("care_plan", make, settings, admin_url=postgres_url, folder=tmp_path, **more) as bench:
        about = await patients(bench)
        seen = {}
        async with bench.as_() as http:
            for who in (AccountRole.NURSE, AccountRole.COORDINATOR):
                items = (await http.get("/api/patients", headers=bearer(who))).json()["items"]
                seen[who] = {item["patient_id"] for item in items}
    named = {standing: ids["patient_id"] for standing, ids in about.items()}
    assert seen[AccountRole.NURSE] == {named["own"], named["merged"]}
    assert seen[AccountRole.COORDINATOR] == {named[each] for each in STANDINGS[:-1]}


def test_there_are_enough_cases() -> None:
    routes = 0
    for make, settings, more in SERVICES.values():
        given = {"database_url": "postgresql://x/y", "kafka_bootstrap_servers": "x:1", **more}
        routes += sum(1 for _ in routes_in(make(settings.model_validate(given)).router.routes))
    assert routes * len(WHO) * len(STANDINGS) > 5_000


async def test_a_menu_leads_only_to_what_one_may_open(postgres_url: str, tmp_path: Path) -> None:
    make, settings, more = SERVICES["referral"]
    async with service_bench("referral", make, settings, admin_url=postgres_url, folder=tmp_path, **more) as bench:
        for who, upload in ((AccountRole.NURSE, False), (AccountRole.COORDINATOR, True)):
            page = await bench.http.get("/rules", headers={"accept": "text/html", **bearer(who)})
            assert page.status_code == 200
            assert ("Upload a list" in page.text) is upload
            assert "Rules" in page.text
