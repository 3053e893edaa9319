"""What codes are called on pages, in English and Spanish, and which tone they take."""

from datetime import date

from carebus.contracts.wishes import (
    AgentPower,
    AgentRank,
    Choice,
    ConflictOutcome,
    DocumentStatus,
    Present,
    SideKind,
    WishTopic,
)
from carebus.web import wishes
from services.wishes.domain.conversations.conversation import ConversationStatus
from services.wishes.domain.documents.standing import With
from services.wishes.domain.wishes import ReviewReason

TOPICS, CHOICES, KINDS = wishes.TOPICS, wishes.CHOICES, wishes.KINDS
SPANISH_TOPICS = {
    WishTopic.CPR: "Reanimación",
    WishTopic.TREATMENT: "Tratamiento",
    WishTopic.NUTRITION: "Alimentación por sonda",
    WishTopic.HOSPITAL: "Ir al hospital",
    WishTopic.PLACE_OF_CARE: "Dónde recibir cuidados",
    WishTopic.PLACE_OF_DEATH: "Dónde morir",
}
SPANISH_CHOICES = {
    Choice.ATTEMPT_CPR: "Intentar reanimar",
    Choice.NO_CPR: "No reanimar",
    Choice.FULL_TREATMENT: "Todo el tratamiento",
    Choice.SELECTIVE_TREATMENT: "Tratamiento limitado, sin cuidados intensivos",
    Choice.COMFORT_ONLY: "Solo alivio",
    Choice.FEEDING_TUBE: "Alimentación por sonda",
    Choice.FEEDING_TUBE_TRIAL: "Alimentación por sonda a prueba",
    Choice.NO_FEEDING_TUBE: "Sin alimentación por sonda",
    Choice.HOSPITAL_IF_NEEDED: "Al hospital si hace falta",
    Choice.HOSPITAL_FOR_COMFORT: "Al hospital solo si aquí no hay alivio",
    Choice.NO_HOSPITAL: "No al hospital",
    Choice.AT_HOME: "En casa",
    Choice.WITH_FAMILY: "Con la familia",
    Choice.IN_FACILITY: "En una residencia",
    Choice.IN_HOSPICE_HOUSE: "En una casa de hospicio",
    Choice.IN_HOSPITAL: "En el hospital",
    Choice.ANYWHERE: "En cualquier lugar",
}
STATUSES = {
    DocumentStatus.PRELIMINARY: ("Draft, not signed", "warn"),
    DocumentStatus.FINAL: ("In force", "good"),
    DocumentStatus.AMENDED: ("In force, amended", "good"),
    DocumentStatus.REVOKED: ("Revoked", "neutral"),
    DocumentStatus.SUPERSEDED: ("Replaced", "neutral"),
    DocumentStatus.ENTERED_IN_ERROR: ("Entered in error", "neutral"),
}
POWERS = {
    AgentPower.TREATMENT: "Treatment",
    AgentPower.LIFE_SUPPORT: "Life support",
    AgentPower.NUTRITION: "Feeding by tube",
    AgentPower.PLACE_OF_CARE: "Where to be cared for",
    AgentPower.HOSPICE: "Hospice",
    AgentPower.RECORDS: "Seeing records",
}
RANKS = {AgentRank.FIRST: "Decides first", AgentRank.ALTERNATE: "Alternate"}
SIDES = {
    SideKind.DOCUMENT: "Document",
    SideKind.CONVERSATION: "Said in a conversation",
    SideKind.GOAL: "Goal of the plan",
    SideKind.ORDER: "Planned",
    SideKind.EQUIPMENT: "Equipment of the plan",
    SideKind.ADVICE: "Advised on the phone",
}
OUTCOMES = {
    ConflictOutcome.FIRST_STANDS: "The first stands",
    ConflictOutcome.SECOND_STANDS: "The second stands",
    ConflictOutcome.BOTH_STAND: "Both stand, each in its case",
    ConflictOutcome.NEITHER_STANDS: "Neither stands",
}
PRESENT = {
    Present.PATIENT: "The patient",
    Present.AGENT: "The health care agent",
    Present.FAMILY: "Family",
    Present.INTERPRETER: "An interpreter",
}
WITH = {With.PATIENT: "The patient", With.AGENT: "The health care agent"}
CONVERSATIONS = {
    ConversationStatus.UNDER_WAY: ("Under way", "info"),
    ConversationStatus.STOPPED: ("Stopped, to be taken up again", "warn"),
    ConversationStatus.HELD: ("Held", "good"),
    ConversationStatus.GIVEN_UP: ("Given up", "neutral"),
}
REVIEWS = {
    ReviewReason.YEARLY: "a year has passed",
    ReviewReason.PHASE_CHANGED: "their phase changed",
    ReviewReason.HOSPITAL_STAY: "they were in hospital",
}
SCANS = {
    "waiting": ("Not scanned yet", "warn"),
    "clean": ("Scanned, nothing found", "good"),
    "infected": ("Holds something harmful", "bad"),
    "too_large": ("Could not be scanned to its end", "bad"),
}
LANGUAGES = {"en": "English", "es": "Spanish"}
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


def in_spanish(day: date) -> str:
    """A day as it is written in Spanish."""
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def in_english(day: date) -> str:
    """A day as it is written in English."""
    return f"{day:%B} {day.day}, {day.year}"
