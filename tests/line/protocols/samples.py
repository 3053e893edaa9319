"""A small protocol for tests, written as a file has it, and spoiled in one place."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from services.line.domain.protocols.model import Protocol


def said(text: str) -> dict[str, str]:
    return {"en": text, "es": text}


FEVER: dict[str, Any] = {
    "id": "fever",
    "version": 1,
    "title": said("Fever"),
    "in_force_from": "2026-01-01",
    "approved_by": [
        {"name": "A. Ames", "profession": "Doctor", "approved_on": "2025-12-01"},
        {"name": "N. Haddad", "profession": "Nurse", "approved_on": "2025-12-02"},
    ],
    "questions": [
        {"id": "stiff_neck", "red_flag": True, "ask": said("Is the neck stiff?")},
        {"id": "degrees", "ask": said("How many degrees?"), "scale": {"lowest": 35, "highest": 42}},
        {
            "id": "drinks",
            "ask": said("Do they drink?"),
            "choices": [{"id": "well", **said("Well")}, {"id": "little", **said("A little")}],
        },
    ],
    "steps": [
        {
            "id": "neck",
            "when": {"fact": "stiff_neck", "is": True},
            "disposition": "clinician_now",
            "because": "The neck.",
        },
        {
            "id": "hot",
            "when": {"all": [{"fact": "degrees", "at_least": 39}, {"not": {"fact": "drinks", "is": "well"}}]},
            "disposition": "call_back_today",
            "because": "Hot and dry.",
        },
    ],
    "otherwise": {"disposition": "care_at_home"},
    "examples": [
        {"about": "Stiff", "answers": {"stiff_neck": True}, "step": "neck", "disposition": "clinician_now"},
        {
            "about": "Hot",
            "answers": {"stiff_neck": False, "degrees": 40, "drinks": "little"},
            "step": "hot",
            "disposition": "call_back_today",
        },
        {
            "about": "Warm",
            "answers": {"stiff_neck": False, "degrees": 38},
            "step": "otherwise",
            "disposition": "care_at_home",
        },
        {"about": "Asked too little", "answers": {"degrees": 38}},
    ],
}


def fever(**changes: Any) -> Protocol:
    """The sample with these parts instead, read as a file is."""
    return Protocol.model_validate_json(json.dumps({**deepcopy(FEVER), **changes}))


def step(name: str, when: Any, disposition: str) -> dict[str, Any]:
    return {"id": name, "when": when, "disposition": disposition, "because": name}
