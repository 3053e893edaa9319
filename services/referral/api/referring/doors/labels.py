"""What the fields are called, by the part of a form; a form's own words go before these."""

ORGANIZATION = {
    "referrer.organization": "Organization",
    "referrer.name": "Your name",
    "referrer.npi": "Your NPI",
    "referrer.phone": "Your phone",
    "referrer.email": "Your e-mail",
}
PERSON = {
    "patient.given_name": "Given name",
    "patient.family_name": "Family name",
    "patient.suffix": "Jr., Sr. or III",
    "patient.birth_date": "Date of birth",
    "patient.sex": "Sex",
    "patient.phone": "The person's phone",
    "patient.email": "The person's e-mail",
    "patient.address.street": "Street and number",
    "patient.address.city": "City",
    "patient.address.state": "State",
    "patient.address.postal_code": "ZIP code",
    "patient.language": "Preferred language",
    "patient.time_zone": "Time zone",
}
DIAGNOSES = {
    "conditions": "Which serious illness does the person have?",
    "codes": "Diagnosis codes",
    "on_hospice": "Is the person on hospice now?",
}
CLINICAL = {
    "clinical.hospital_stays_12m": "Hospital stays in the last 12 months",
    "clinical.ed_visits_12m": "Emergency visits in the last 12 months",
    "clinical.akps": "Performance (AKPS)",
    "clinical.kps": "Performance (Karnofsky)",
    "clinical.nyha_class": "NYHA class",
    "clinical.ejection_fraction": "Ejection fraction",
    "clinical.heart_failure_admission": "A hospital stay mainly for the heart?",
    "clinical.significant_comorbidity": "Significant other illnesses?",
    "clinical.oxygen_litres": "Oxygen at home",
    "clinical.oxygen_hours": "Hours on oxygen a day",
    "clinical.fev1": "FEV1",
    "clinical.cancer_stage": "Stage of the cancer",
    "clinical.therapies_failed": "Lines of cancer treatment that failed",
    "clinical.albumin": "Albumin",
    "clinical.inr": "INR",
    "clinical.meld": "MELD score",
    "clinical.irreversible_liver_damage": "Irreversible damage of the liver?",
    "clinical.liver_complication": "A complication of the liver disease?",
    "clinical.declining": "Does health keep declining?",
    "clinical.death_within_a_year_unsurprising": "Would death within a year be no surprise?",
    "clinical.therapy_received_or_futile": "Was the wanted treatment given, or does it no longer help?",
    "clinical.accepts_care_at_home": "Would the person try care at home before the emergency room?",
}
COVERAGE = {
    "payer.kind": "Coverage",
    "payer.name": "Name of the plan",
    "payer.member_id": "Member number",
}
LOVED_ONE = {
    "contact.full_name": "Loved one's name",
    "contact.relationship": "Relationship",
    "contact.email": "Loved one's e-mail",
    "contact.phone": "Loved one's phone",
    "contact.language": "Loved one's language",
    "contact.time_zone": "Loved one's time zone",
    "contact.consented": "The person has agreed that we tell this loved one about visits and the care team",
}
URGENCY = {"priority": "How soon is an answer needed?"}
NOTES = {"referral_note": "What else should we know?"}

ZONES = {"patient.language": "en", "patient.time_zone": "America/New_York"}
LOVED_ONE_ZONES = {"contact.language": "en", "contact.time_zone": "America/New_York"}
