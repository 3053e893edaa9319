"""What wishes are called on the pages of every service that shows them."""

from carebus.contracts.wishes import Choice, DocumentKind, WishTopic

TOPICS = {
    WishTopic.CPR: "Resuscitation (CPR)",
    WishTopic.TREATMENT: "Treatment",
    WishTopic.NUTRITION: "Feeding by tube",
    WishTopic.HOSPITAL: "Going to hospital",
    WishTopic.PLACE_OF_CARE: "Place of care",
    WishTopic.PLACE_OF_DEATH: "Place to die",
}
CHOICES = {
    Choice.ATTEMPT_CPR: "Attempt CPR",
    Choice.NO_CPR: "No CPR",
    Choice.FULL_TREATMENT: "Full treatment",
    Choice.SELECTIVE_TREATMENT: "Selective treatment, no intensive care",
    Choice.COMFORT_ONLY: "Comfort only",
    Choice.FEEDING_TUBE: "Feeding by tube",
    Choice.FEEDING_TUBE_TRIAL: "Feeding by tube for a trial",
    Choice.NO_FEEDING_TUBE: "No feeding by tube",
    Choice.HOSPITAL_IF_NEEDED: "Hospital if needed",
    Choice.HOSPITAL_FOR_COMFORT: "Hospital only if comfort fails here",
    Choice.NO_HOSPITAL: "No hospital",
    Choice.AT_HOME: "At home",
    Choice.WITH_FAMILY: "With family",
    Choice.IN_FACILITY: "In a nursing facility",
    Choice.IN_HOSPICE_HOUSE: "In a hospice house",
    Choice.IN_HOSPITAL: "In hospital",
    Choice.ANYWHERE: "Anywhere",
}
KINDS = {
    DocumentKind.PORTABLE_ORDER: "Portable medical order (POLST, MOLST)",
    DocumentKind.DNR_ORDER: "Do-not-resuscitate order",
    DocumentKind.LIVING_WILL: "Living will",
    DocumentKind.POWER_OF_ATTORNEY: "Health care power of attorney",
    DocumentKind.POWER_OF_ATTORNEY_AND_WILL: "Power of attorney with living will",
    DocumentKind.PERSONAL_PLAN: "Personal advance care plan",
    DocumentKind.OTHER_DIRECTIVE: "Other advance directive",
}
