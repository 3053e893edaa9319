"""What the screen of a call shows of its protocols: those it follows, the form of the one asked now, the choice."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from carebus.web import Form
from services.line.api import asking
from services.line.domain.calls import Call
from services.line.domain.calls.runs import leading
from services.line.domain.protocols import Protocol
from services.line.domain.protocols.model import Language
from services.line.domain.sheet import Sheet


def asked(call: Call, texts: Mapping[str, Protocol], form: Form, sheet: Sheet | None) -> dict[str, Any]:
    """For the template; the form's fields are called as the questions are."""
    run = call.runs[-1] if call.runs else None
    text = texts.get(run.protocol) if run else None
    labels = {**form.labels, **(asking.labels_of(text) if text else {})}
    return {
        "form": replace(form, labels=labels),
        "texts": texts,
        "lead": leading(call.runs),
        "asking": asking,
        "answers_form": asking.form_of(text, run.answers, form.labels, sheet) if run and text else None,
        "questions": asking.questions_of(text, run.language, sheet) if run and text else [],
        "chosen": Form.blank(form.labels, protocol="", language=run.language if run else Language.ENGLISH),
    }
