"""The sheet: what a stranger needs to know of a patient at night, kept from events alone."""

from services.line.domain.sheet.sheet import (
    HospitalStay,
    LastCall,
    LastVisit,
    Medicines,
    NextVisit,
    PatientUnknown,
    Plan,
    Sheet,
)

__all__ = ["HospitalStay", "LastCall", "LastVisit", "Medicines", "NextVisit", "PatientUnknown", "Plan", "Sheet"]
