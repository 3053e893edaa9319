"""Reads the sample's Synthea files: everyone in them as a referrer knows them, and the day the data ends."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from carebus.contracts.care_plan import SEVERE_FROM
from carebus.contracts.people import PayerKind
from deploy.local.patient import NOT_STATED, SERIOUS, Diagnosis, Patient, Payer, Referrer

SAMPLE = Path(__file__).with_name("sample")
EASTERN = ZoneInfo("America/New_York")
OPENS = time(8, 0)
MOST_COMORBIDITIES = 6
PAIN, MMSE = "72514-3", "72106-8"
WORKING_DAYS = range(1, 6)
"""By their ISO numbers: Monday to Friday."""

URGENT_WITHIN = timedelta(days=30)

Row = dict[str, str]

COMORBIDITIES = (
    "46177005",  # end-stage renal disease
    "431857002",  # chronic kidney disease stage 4
    "433144002",  # chronic kidney disease stage 3
    "414545008",  # ischaemic heart disease
    "49436004",  # atrial fibrillation
    "60573004",  # aortic valve stenosis
    "92691004",  # carcinoma in situ of prostate
    "44054006",  # diabetes mellitus type 2
    "368581000119106",  # neuropathy due to type 2 diabetes mellitus
    "127013003",  # disorder of kidney due to diabetes mellitus
    "65710008",  # acute respiratory failure
    "443165006",  # pathological fracture due to osteoporosis
    "64859006",  # osteoporosis
    "59621000",  # essential hypertension
    "78275009",  # obstructive sleep apnea
    "271737000",  # anemia
    "203082005",  # fibromyalgia
    "39898005",  # sleep disorder
)
"""What a referrer adds, weightiest first; caries and sinusitis are in the files as well, and nobody refers for them."""

PAYER_KINDS = {
    "Medicare": PayerKind.MEDICARE,
    "Medicaid": PayerKind.MEDICAID,
    "Dual Eligible": PayerKind.DUAL,
    "NO_INSURANCE": PayerKind.NONE,
}
"""The kinds of Synthea's government payers; all its other payers are commercial."""

SEXES = {"F": "female", "M": "male"}


class Sample:
    """The files of one folder, in Synthea's CSV form.

    `ends` is the last day on which anything recorded begins. Ends may lie after it: a coverage year still runs, and a
    patient who lies in hospice when the data stops has a stay that stops later.
    """

    def __init__(self, folder: Path = SAMPLE) -> None:
        self._patients = _rows(folder, "patients")
        self._conditions = _by_patient(_rows(folder, "conditions"))
        self._encounters = _by_patient(_rows(folder, "encounters"))
        self._observations = _by_patient(_rows(folder, "observations"))
        self._coverage = _by_patient(_rows(folder, "payer_transitions"))
        self._payers = {row["Id"]: row["NAME"] for row in _rows(folder, "payers")}
        self._organizations = {row["Id"]: row for row in _rows(folder, "organizations")}
        self._providers = {row["Id"]: row["NAME"] for row in _rows(folder, "providers")}

    @cached_property
    def ends(self) -> date:
        """The last day on which anything recorded begins; a death may be recorded that is still to come."""
        days: list[str] = []
        for rows in (self._conditions, self._encounters):
            days += [row["START"] for each in rows.values() for row in each]
        days += [row["DATE"] for each in self._observations.values() for row in each]
        days += [row["START_DATE"] for each in self._coverage.values() for row in each]
        return max(_day(each) for each in days)

    @property
    def opens_at(self) -> datetime:
        """When the simulated clinic opens: by Eastern time, on the first working day after the data ends."""
        day = self.ends + timedelta(days=1)
        while day.isoweekday() not in WORKING_DAYS:
            day += timedelta(days=1)
        return datetime.combine(day, OPENS, EASTERN)

    def patients(self) -> list[Patient]:
        """Everyone in the sample, in the file's order."""
        return [self._patient(row) for row in self._patients]

    def _patient(self, row: Row) -> Patient:
        patient = row["Id"]
        died_on = self._died_on(row)
        last = max(self._encounters[patient], key=lambda each: each["START"], default=None)
        pain = self._last_score(patient, PAIN)
        return Patient(
            source_id=patient,
            given_name=row["FIRST"],
            family_name=row["LAST"],
            birth_date=_day(row["BIRTHDATE"]),
            sex=SEXES[row["GENDER"]],
            street=row["ADDRESS"],
            city=row["CITY"],
            state=row["STATE"],
            postal_code=row["ZIP"],
            diagnoses=self._diagnoses(patient),
            payer=self._payer(patient, died_on or self.ends),
            died_on=died_on,
            on_hospice=died_on is None and self._in_hospice(patient),
            referrer=self._referrer(last) if last else NOT_STATED,
            urgent=died_on is None and ((pain or 0) >= SEVERE_FROM or self._just_in_hospital(last)),
            pain=None if pain is None else round(pain),
            mmse=self._last_score(patient, MMSE),
        )

    def _died_on(self, row: Row) -> date | None:
        """The day of death; whoever dies after the data ends is living on the day the clinic opens."""
        died_on = _day(row["DEATHDATE"]) if row["DEATHDATE"] else None
        return None if died_on and died_on > self.ends else died_on

    def _diagnoses(self, patient: str) -> tuple[Diagnosis, ...]:
        """Active ones only: the serious ones, newest first, then the weightiest comorbidities."""
        active = {row["CODE"]: row for row in self._conditions[patient] if not row["STOP"]}
        serious = sorted(active.keys() & SERIOUS.keys(), key=lambda code: (active[code]["START"], code), reverse=True)
        others = [code for code in COMORBIDITIES if code in active][:MOST_COMORBIDITIES]
        return tuple(_diagnosis(active[code]) for code in (*serious, *others))

    def _in_hospice(self, patient: str) -> bool:
        """Whether a hospice stay is open on the day the data ends: begun by then, and not stopped by then.

        Synthea stops every stay. One who leaves hospice alive stops a whole number of days and 15 minutes after the
        start, one who dies there at the time of death; the only stop after the data's end is of the second kind, a
        death still to come, of a patient whose terminal care goes on. A stay that stopped earlier is over, however
        recently: such a patient may be referred again.
        """
        return any(
            row["ENCOUNTERCLASS"] == "hospice"
            and _day(row["START"]) <= self.ends
            and (not row["STOP"] or _day(row["STOP"]) > self.ends)
            for row in self._encounters[patient]
        )

    def _payer(self, patient: str, on: date) -> Payer | None:
        """The primary coverage on that day (for the dead the day of death); None when the files hold none."""
        for row in self._coverage[patient]:
            if _day(row["START_DATE"]) <= on and (not row["END_DATE"] or on <= _day(row["END_DATE"])):
                name = self._payers[row["PAYER"]]
                kind = PAYER_KINDS.get(name, PayerKind.COMMERCIAL)
                return Payer("No insurance" if kind is PayerKind.NONE else name, kind, row["MEMBERID"] or None)
        return None

    def _referrer(self, encounter: Row) -> Referrer:
        place = self._organizations[encounter["ORGANIZATION"]]
        return Referrer(place["NAME"], self._providers[encounter["PROVIDER"]], place["PHONE"] or None)

    def _just_in_hospital(self, encounter: Row | None) -> bool:
        return (
            encounter is not None
            and encounter["ENCOUNTERCLASS"] in ("emergency", "inpatient")
            and _day(encounter["START"]) >= self.ends - URGENT_WITHIN
        )

    def _last_score(self, patient: str, code: str) -> float | None:
        scores = [row for row in self._observations[patient] if row["CODE"] == code]
        return float(max(scores, key=lambda row: row["DATE"])["VALUE"]) if scores else None


def _diagnosis(row: Row) -> Diagnosis:
    return Diagnosis(row["SYSTEM"], row["CODE"], row["DESCRIPTION"], _day(row["START"]))


def _rows(folder: Path, name: str) -> list[Row]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _by_patient(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["PATIENT"]].append(row)
    return found


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
