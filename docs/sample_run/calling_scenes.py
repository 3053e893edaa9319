"""Scenes of the sample run in which somebody calls at night."""

from __future__ import annotations

from carebus.contracts.line import CallOutcome, Disposition
from deploy.local.patient import Patient
from docs.sample_run.calling import CALLS
from docs.sample_run.care_scenes import taken_on
from docs.sample_run.clinic import Clinic


def a_daughter_calls_and_is_called_back(clinic: Clinic, patient: Patient) -> None:
    """She is advised and promised a call, which comes late; a doctor is paged until somebody takes it."""
    taken_on(clinic, patient)
    call, other = CALLS[0], CALLS[1]
    clinic.writes_down(call)
    clinic.of_call("link", call, **clinic.about(patient))
    clinic.of_call("describe", call, caller_name="Ines Moreno", relationship="daughter", note="Breathless lying down.")
    clinic.asks(call, "breathlessness", choking=False, when="resting", relief="not_given")
    clinic.advises(call, patient, Disposition.CALL_BACK_TODAY, because="Her skin is pink and she talks.")
    clinic.of_call("promise", call, minutes=30)
    ames = {"name": "Dr. Ames", "phone": "(413) 555-0171", "email": "ames@carebus.example"}
    clinic.of_call("page", call, steps=(ames,))
    clinic.page_leaves(call)
    clinic.passes(minutes=7)
    clinic.page_is_refused(call)
    clinic.of_call("take-page", call, page_id=clinic.call(call).page.page_id)  # type: ignore[union-attr]
    clinic.passes(minutes=30)
    clinic.of_call("call-back", call, promise_id=clinic.call(call).open_promises[0].promise_id)
    clinic.closes(call, CallOutcome.ADVISED)
    clinic.writes_down(other)
    clinic.of_call("link", other, **clinic.about(patient))
    clinic.advises(other, patient, Disposition.CARE_AT_HOME)
    clinic.of_call("unlink", other, **clinic.about(patient))
    clinic.closes(other, CallOutcome.WRONG_NUMBER)
    clinic.rings(CALLS[2])


SCENES = (a_daughter_calls_and_is_called_back,)
