"""`carebus trace` on a real topic: one request's events in order, bodies only when asked for, and then recorded."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx
from fastapi import FastAPI

from carebus.contracts.event import patient_stream
from carebus.contracts.people import Role
from carebus.ids import new_id
from services.care_plan import app as care_plan
from services.notifications import app as notifications
from services.outcomes import app as outcomes
from services.referral import app as referral
from tests.care_plan.people import clinician
from tests.carebus.cli.clinic import Clinic
from tests.carebus.cli.conftest import Carebus
from tests.carebus.wires import Wire, headers, someone, until
from tests.notifications.conftest import MailServer
from tests.referral.samples import SECRETS, body
from tests.told import accepted, contact, declined


async def test_a_cause_comes_before_its_effects_and_repeats_are_told_once(at_desk: Wire, carebus: Carebus) -> None:
    patient = someone()
    async with at_desk.service().running():
        await at_desk.tell(patient, "a")
        (answer,) = await at_desk.published(wait_for=1)
    correlation = dict(answer.headers)["ce_correlationid"].decode()
    await at_desk.put(answer.value, list(answer.headers))
    ended = await carebus("trace", correlation, "--json")
    assert ended.code == 0
    assert [(one["service"], one["type"]) for one in ended.json] == [
        ("referral", "EligibilityAssessed"),
        ("tally", "ReferralDeclined"),
    ]
    first, second = ended.json
    assert second["caused_by"] == first["event_id"]
    assert {one["stream"] for one in ended.json} == {patient_stream(patient)}
    assert "body" not in first
    whose, cause, effect, *_ = (await carebus("trace", correlation)).out.splitlines()
    assert whose == patient_stream(patient)
    assert cause.split()[2:] == ["referral", "EligibilityAssessed", "1"]
    assert effect.index("ReferralDeclined") == cause.index("EligibilityAssessed") + 2, "below what caused it"
    assert max(len(line) for line in (whose, cause, effect)) <= 80


async def test_bodies_are_shown_only_when_asked_for_and_that_is_recorded(at_desk: Wire, carebus: Carebus) -> None:
    patient, event = someone(), accepted(told=contact())
    told = headers(event, patient, 1)
    correlation = dict(told)["ce_correlationid"].decode()
    await at_desk.put(event.model_dump_json().encode(), told)
    await at_desk.put(declined().model_dump_json().encode(), headers(declined(), patient, 2))
    hidden = await carebus("trace", correlation)
    assert "ReferralAccepted" in hidden.out
    assert "Delgado" not in hidden.out
    refused = await carebus("trace", correlation, "--show-phi")
    assert (refused.code, refused.err) == (2, "carebus: Say why with --because: it is kept with the act.\n")
    seen = await carebus("trace", correlation, "--show-phi", "--actor", "nina", "--because", "complaint 7")
    assert "Delgado" in seen.out
    service = at_desk.service()
    await service.core.database.open()
    rows = await at_desk.query(service, "select actor, act, target, because, events from operator_act")
    await service.core.database.close()
    assert [tuple(row.values()) for row in rows] == [("nina", "trace --show-phi", correlation, "complaint 7", 1)]


async def test_what_is_on_no_topic_is_exit_code_1(at_desk: Wire, carebus: Carebus) -> None:
    ended = await carebus("trace", str(new_id()))
    assert (ended.code, ended.out) == (1, "no event of this correlation id is on the topics\n")
    assert (await carebus("trace", "nonsense")).code == 2


async def test_a_referral_is_followed_through_all_services(clinic: Clinic, carebus: Carebus) -> None:
    mail = MailServer()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mail.listening())
        clinic.monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{mail.port}")
        clinic.monkeypatch.setenv("CAREBUS_MAIL_FROM", "care@carebus.example")
        apps: dict[str, FastAPI] = {}
        for module in (referral, care_plan, notifications, outcomes):
            name = module.__name__.split(".")[1]
            await stack.enter_async_context(clinic.database(name))
            service = module.service()
            await stack.enter_async_context(service.running())
            apps[name] = service.app
        for role in Role:
            await command(apps["care_plan"], "/api/roster", clinician(role))
        correlation = await command(apps["referral"], "/api/referrals", body(), refer=True)

        async def told() -> bool:
            return "NotificationSent" in (await carebus("trace", correlation)).out

        await until(told, "the family is told")
        ended = await carebus("trace", correlation, "--json")
    kinds = [one["type"] for one in ended.json]
    first = ["ReferralReceived", "EligibilityAssessed", "ReferralAccepted", "EpisodeOpened", "CarePlanDrafted"]
    assert [kind for kind in kinds if kind in first] == first
    assert kinds.index("CareTeamAssigned") < kinds.index("NotificationRequested") < kinds.index("NotificationSent")
    assert {one["service"] for one in ended.json} == {"referral", "care_plan", "notifications"}
    seen: set[str] = set()
    for one in ended.json:
        assert one["caused_by"] not in {later["event_id"] for later in ended.json} - seen, "a cause comes first"
        seen.add(one["event_id"])
    assert not any(secret in ended.out for secret in SECRETS)


async def command(app: FastAPI, path: str, body: object, *, refer: bool = False) -> str:
    """Give a command; gives its correlation id."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        answer = await http.post(path, json=body, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code == 201, answer.text
    if refer:
        accept = f"{path}/{answer.json()['referral_id']}/accept"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
            await http.post(accept, json={}, headers={"Idempotency-Key": str(new_id())})
    return answer.headers["X-Correlation-Id"]
