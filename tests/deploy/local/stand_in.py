"""The referral, care plan and outcomes services as the clinic sees them: the agreed HTTP interface, kept in memory.

Every command is kept by its key, as the services promise. `faults` decides what goes wrong: a request may be lost
on the way in, its answer on the way out, or be refused with 503.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.clock import SimulatedClock

Json = dict[str, Any]
ADDRESSES = {"referral": "http://referral.example", "care_plan": "http://care-plan.example",
             "notifications": "http://notifications.example", "outcomes": "http://outcomes.example",
             "line": "http://line.example", "wishes": "http://wishes.example",
             "equipment": "http://equipment.example"}  # fmt: skip
SERIOUS = re.compile(r"heart failure|obstructive bronchitis|emphysema|malignant|metastasis|cancer|carcinoma(?! in situ)"
                     r"|leukemia|myeloma|alzheimer", re.IGNORECASE)  # fmt: skip

HELD_EACH = 22
"""So many of the sample are like somebody who was referred before."""


class StandIn:
    """All services behind one handler for `httpx.MockTransport`."""

    def __init__(self, clock: SimulatedClock, faults: Random | None = None, fault_rate: float = 0.0) -> None:
        self.clock = clock
        self.faults = faults or Random(0)
        self.fault_rate = fault_rate
        self.answers: dict[tuple[str, str], tuple[int, Json]] = {}
        self.keys: Counter[tuple[str, str]] = Counter()
        self.bodies: dict[tuple[str, str], str] = {}
        self.roster: dict[str, Json] = {}
        self.referrals: dict[str, Json] = {}
        self.visits: dict[str, Json] = {}
        self.reviews: dict[str, Json] = {}
        self.calls: Counter[str] = Counter()
        self.plans_visits_for: Callable[[Json], bool] = lambda referral: True
        self.before: Callable[[httpx.Request], None] = lambda request: None

    def client(self) -> httpx.AsyncClient:
        """A client that reaches these services and nothing else."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self.handle))

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.before(request)
        if self._faulty():
            raise httpx.ConnectError("lost on the way in")
        if self._faulty():
            return httpx.Response(503)
        status, body = self._command(request) if request.method == "POST" else (200, self._query(request))
        if self._faulty():
            raise httpx.ReadError("lost on the way out")
        return httpx.Response(status, json=body)

    def _faulty(self) -> bool:
        return self.faults.random() < self.fault_rate

    def _command(self, request: httpx.Request) -> tuple[int, Json]:
        known = (request.url.path, request.headers["Idempotency-Key"])
        self.keys[known] += 1
        text = request.content.decode()
        assert self.bodies.setdefault(known, text) == text, "one key, two bodies"
        if known not in self.answers:
            self.answers[known] = self._apply(request.url.path, json.loads(text))
        return self.answers[known]

    def _apply(self, path: str, body: Json) -> tuple[int, Json]:  # noqa: C901, PLR0911  # one line for each address
        parts = path.removeprefix("/api/").split("/")
        match parts:
            case ["roster"]:
                self.roster[body["clinician_id"]] = body
                return 201, {}
            case ["referrals"]:
                return 201, self._again(body) or self.receive(body)
            case ["referrals", "withdrawals"]:
                return self._ask_back(self._numbered(body))
            case ["referrals", referral_id, decision]:
                return self._decide(self.referrals[referral_id], decision, body)
            case ["identity", "reviews", review_id, "decide"]:
                return self._settle(self.reviews.pop(review_id, None), body)
            case ["calls"]:
                return 200, {"call_id": str(uuid4())}
            case ["calls", _, done]:
                self.calls[done] += 1
                return 200, {}
            case ["visits", visit_id, "complete"]:
                return self._complete(self.visits[visit_id], body)
            case _:
                return 404, {"code": "not_found"}

    def _numbered(self, body: Json) -> Json | None:
        number = body.get("placer_id")
        return next((each for each in self.referrals.values() if number and each["placer_id"] == number), None)

    def _again(self, body: Json) -> Json | None:
        """A known number stated anew: nobody has signed in, so the change waits."""
        known = self._numbered(body)
        if known is not None:
            known["proposals"].append({"proposal_id": str(uuid4()), "phone": body["referrer"]["phone"]})
        return known and dict(known)

    def _ask_back(self, referral: Json | None) -> tuple[int, Json]:
        if referral is None:
            return 404, {"code": "nothing_to_withdraw"}
        referral["asked_back"] = True
        return 200, {}

    def receive(self, body: Json) -> Json:
        """Take a referral in, from the clinic or from somebody at the pages."""
        eligible = any(SERIOUS.search(each["description"]) for each in body["diagnoses"])
        reason = (
            "deceased"
            if body["died_on"]
            else "on_hospice"
            if body["on_hospice"]
            else None
            if eligible
            else "not_clinically_eligible"
        )
        referral: Json = {
            "referral_id": str(uuid4()),
            "patient_id": str(uuid4()),
            "status": "triage",
            "decision": None,
            "first_contact_at": None,
            "placer_id": body.get("placer_id"),
            "proposals": [],
            "asked_back": False,
            "summed": False,
            "eligible": reason is None,
            "suggested_decline_reason": reason,
        }
        self.referrals[str(referral["referral_id"])] = referral
        if len(self.referrals) % HELD_EACH == 0:
            self._hold(referral)
        return dict(referral)

    def _hold(self, referral: Json) -> None:
        """Somebody is to say whether this is a person who is known already."""
        review = {"review_id": str(uuid4()), "referral_id": referral["referral_id"], "decision": None}
        self.reviews[str(review["review_id"])] = review
        referral["status"] = "identity_review"

    def _settle(self, review: Json | None, body: Json) -> tuple[int, Json]:
        if review is None:
            return 409, {"code": "review_settled"}
        assert body == {"decision": "different"}
        self.referrals[review["referral_id"]]["status"] = "triage"
        return 200, {}

    def _decide(self, referral: Json, decision: str, body: Json) -> tuple[int, Json]:
        if decision == "make-contact":
            referral["first_contact_at"] = self.clock.now().isoformat()
            return 200, {}
        if decision == "take-over-change":
            settled = [each for each in referral["proposals"] if each["proposal_id"] == body["proposal_id"]]
            referral["proposals"] = [each for each in referral["proposals"] if each not in settled]
            return (200, {}) if settled else (409, {"code": "proposal_gone"})
        if flag := {"turn-down-cancellation": "asked_back", "close-loop": "summed"}.get(decision):
            was, referral[flag] = referral[flag], False
            return (200, {}) if was else (409, {"code": "not_now"})
        waits = bool(referral["proposals"]) or referral["asked_back"]
        assert not waits, "decided while something waits for the office"
        if referral["status"] != "triage":
            return 409, {"code": "already_decided"}
        referral["status"] = referral["decision"] = {"accept": "accepted", "decline": "declined"}[decision]
        referral["decline_reason"] = body.get("reason")
        if decision == "accept" and self.plans_visits_for(referral):
            self._plan(referral["patient_id"], 1, timedelta(days=2))
        return 200, {}

    def _plan(self, patient_id: str, ordinal: int, after: timedelta) -> None:
        visit = {
            "visit_id": str(uuid4()),
            "patient_id": patient_id,
            "ordinal": ordinal,
            "status": "scheduled",
            "starts_at": self.clock.now() + after,
            "clinician": {"clinician_id": str(uuid4())},
        }
        self.visits[str(visit["visit_id"])] = visit

    def _complete(self, visit: Json, body: Json) -> tuple[int, Json]:
        if visit["status"] != "scheduled":
            return 409, {"code": "already_completed"}
        assert visit["starts_at"] <= self.clock.now(), "completed before it began"
        visit["status"] = "completed"
        if visit["ordinal"] == 1:
            patient = visit["patient_id"]
            next(each for each in self.referrals.values() if each["patient_id"] == patient)["summed"] = True
        days = 3 if body["assessments"]["phase"] in ("unstable", "terminal") else 7
        self._plan(visit["patient_id"], visit["ordinal"] + 1, timedelta(days=days))
        return 200, {}

    def _query(self, request: httpx.Request) -> Json:
        parts = request.url.path.removeprefix("/api/").split("/")
        match parts:
            case ["referrals"] | ["identity", "reviews"]:
                wanted = request.url.params.get("status")
                summed = wanted == "summary_sent"
                items = [
                    each for each in self.referrals.values() if (each["summed"] if summed else each["status"] == wanted)
                ]
                return {"items": (items if wanted else [*self.reviews.values()])[: int(request.url.params["limit"])]}
            case ["referrals", referral_id]:
                return self.referrals[referral_id]
            case ["visits"]:
                return {"items": self._due(datetime.fromisoformat(request.url.params["due_by"]))}
            case ["status"]:
                return {"service": "any", "ready": True, "outbox_pending": 0, "lag_events": 0, "parked": 0}
            case ["outcomes"]:
                return self.counts()
            case _:
                return {}

    def _due(self, by: datetime) -> list[Json]:
        due = [each for each in self.visits.values() if each["status"] == "scheduled" and each["starts_at"] <= by]
        return [{**each, "starts_at": each["starts_at"].isoformat()} for each in due]

    def counts(self) -> Json:
        """What the outcomes service would tell."""
        referrals = list(self.referrals.values())
        declined = Counter(each["decline_reason"] for each in referrals if each["status"] == "declined")
        return {
            "received": len(referrals),
            "accepted": sum(each["status"] == "accepted" for each in referrals),
            "declined": dict(declined),
            "declined_in_all": declined.total(),
            "visits_completed": sum(each["status"] == "completed" for each in self.visits.values()),
        }
