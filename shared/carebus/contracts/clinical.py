"""How ill a person is, in the few numbers that rules of eligibility ask for. What is not known is never guessed."""

from carebus.contracts.event import Value


class ClinicalFacts(Value):
    """What a referrer states of stage, function and recent hospital use. Absent means not known, never "no".

    nyha_class: 1 to 4.  ejection_fraction: of the left ventricle, in percent.
    oxygen_litres: a minute.  oxygen_hours: a day.  fev1: percent of what is predicted.
    cancer_stage: 0 to 4.  therapies_failed: lines of treatment of the cancer that did not hold it.
    akps, kps: performance, 0 to 100 by tens (Australia-modified Karnofsky, Karnofsky).
    albumin: grams a decilitre.  inr: prothrombin time as a ratio.  meld: model for end-stage liver disease.
    liver_complication: ascites, bleeding varices, encephalopathy, peritonitis or the hepatorenal syndrome.
    hospital_stays_12m, ed_visits_12m: in the last twelve months.  heart_failure_admission: a stay mainly for it.
    death_within_a_year_unsurprising: the clinician's answer to the surprise question.
    therapy_received_or_futile: the treatment that the person wanted was given, or no longer helps.
    accepts_care_at_home: would try care at home before the emergency room, and talk about future care.
    """

    nyha_class: int | None = None
    ejection_fraction: int | None = None
    heart_failure_admission: bool | None = None
    significant_comorbidity: bool | None = None
    oxygen_litres: float | None = None
    oxygen_hours: int | None = None
    fev1: int | None = None
    cancer_stage: int | None = None
    therapies_failed: int | None = None
    akps: int | None = None
    kps: int | None = None
    albumin: float | None = None
    inr: float | None = None
    meld: int | None = None
    irreversible_liver_damage: bool | None = None
    liver_complication: bool | None = None
    hospital_stays_12m: int | None = None
    ed_visits_12m: int | None = None
    declining: bool | None = None
    death_within_a_year_unsurprising: bool | None = None
    therapy_received_or_futile: bool | None = None
    accepts_care_at_home: bool | None = None
