"""What is said of those who stay on pages."""

from carebus.contracts.care_plan import BereavementConsent, BereavementRisk, ContactOutcome, ContactWay
from carebus.web import people

LANGUAGES = people.LANGUAGES
CONSENTS = {
    BereavementConsent.NOT_ASKED: ("Not asked yet", "neutral"),
    BereavementConsent.GIVEN: ("Wants to hear from us", "good"),
    BereavementConsent.REFUSED: ("Does not want it", "warn"),
}
RISKS = {
    BereavementRisk.NOT_ASSESSED: ("Not assessed", "neutral"),
    BereavementRisk.LOW: ("Low", "good"),
    BereavementRisk.MODERATE: ("Moderate", "warn"),
    BereavementRisk.HIGH: ("High", "bad"),
}
WAYS = {
    ContactWay.PHONE: "By phone",
    ContactWay.VISIT: "By a visit",
    ContactWay.VIDEO: "By video",
    ContactWay.LETTER: "By letter",
}
OUTCOMES = {
    ContactOutcome.REACHED: "Spoke with them",
    ContactOutcome.NOT_REACHED: "Nobody was reached",
    ContactOutcome.NO_CONTACT_WANTED: "They want no more",
}
CONSENT_OPTIONS = [(one, said) for one, (said, _) in CONSENTS.items() if one is not BereavementConsent.NOT_ASKED]
RISK_OPTIONS = [(one, said) for one, (said, _) in RISKS.items() if one is not BereavementRisk.NOT_ASSESSED]
"""What can be said; until it is, nobody was asked and nothing was assessed."""
