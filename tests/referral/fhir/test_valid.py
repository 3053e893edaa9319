"""All FHIR that goes out is valid by HAPI's validator of R4; R4B's models alone know no invariants and no codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from carebus.testing import Bench
from services.referral.channels.fhir.writing import bundle_of
from services.referral.domain import DirectReferral
from tests.referral import bundles as b
from tests.referral.fhir.test_fhir import resources, sent
from tests.referral.fhir.test_order_back import PLACED
from tests.referral.hapi import errors_in
from tests.referral.samples import NOW, body

Json = dict[str, Any]
pytestmark = pytest.mark.fhir


ASSIGNER = "urn:oid:2.16.840.1.113883.19.5"
"""An OID as OIDs are, unlike the short one of the other tests."""


def assigned(bundle: Json) -> Json:
    found: Json = orjson.loads(orjson.dumps(bundle).replace(b"urn:oid:1.2.3", ASSIGNER.encode()))
    return found


async def test_all_that_goes_out_is_valid_r4(clinic: Bench, tmp_path: Path) -> None:
    said = await emitted(clinic)
    files = [tmp_path / f"{name}.json" for name in said]
    for file, each in zip(files, said.values(), strict=True):
        file.write_bytes(orjson.dumps(each))
    found = errors_in(files)
    assert not found, "\n".join(found)


async def test_the_validator_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = {
        "task": {"resourceType": "Task", "status": "nope", "intent": "order"},
        "message": {"resourceType": "Bundle", "type": "message", "entry": [{"resource": b.ORDER}]},
    }
    for name, each in wrong.items():
        (tmp_path / f"{name}.json").write_bytes(orjson.dumps(each))
    found = errors_in([tmp_path / f"{name}.json" for name in wrong])
    assert {line.partition(".json")[0] for line in found} == {*wrong}


async def emitted(clinic: Bench) -> dict[str, Json]:
    """One of each kind of what goes out, and of each way that an order came."""
    said: dict[str, Json] = {}
    wrong_npi = {"identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567890"}]}
    shapes = {"transaction": b.transaction(order=PLACED, practitioner=wrong_npi), "gravity": b.gravity()}
    for name, bundle in shapes.items():
        answer = await sent(clinic, assigned(bundle))
        said[f"{name}-response"] = answer.json()
        task = resources(answer)["Task"]
        for kind in ("Task", "ServiceRequest"):
            said[f"{name}-{kind}"] = (await clinic.http.get(f"/fhir/{kind}/{task['id']}")).json()
    bser = assigned(b.bser())
    bser["entry"][1]["resource"]["identifier"][0]["value"] = "ORD-2"
    said["message-response"] = (await sent(clinic, bser, to="/$process-message")).json()
    made = await clinic.command("/api/referrals", body(on_hospice=True, referral_note="Ring twice."))
    at = made.json()["referral_id"]
    await clinic.command(f"/api/referrals/{at}/decline", {"reason": "on_hospice"})
    for kind in ("Task", "ServiceRequest"):
        said[f"declined-{kind}"] = (await clinic.http.get(f"/fhir/{kind}/{at}")).json()
    for name, path in {"searchset": "Task?identifier=ORD-1", "nothing": "Task?identifier=x", "metadata": "metadata",
                       "refused": "Task", "unknown": "Nothing/1"}.items():  # fmt: skip
        said[name] = (await clinic.http.get(f"/fhir/{path}")).json()
    said["broken"] = (await sent(clinic, b.transaction(patient={"birthDate": "1941-05"}))).json()
    referral = DirectReferral.stated({**body(), "channel": "fhir", "placer_id": "A 1"}, NOW)
    for kind in ("transaction", "message"):
        said[f"written-{kind}"] = bundle_of(referral, kind)
    return said
