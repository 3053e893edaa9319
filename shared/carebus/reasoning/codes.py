"""Lists of diagnosis codes that name one illness, and the code systems that can be told apart."""

from collections.abc import Mapping

from carebus.contracts.people import Diagnosis
from carebus.reasoning.parts import Part

SNOMED_CT = "SNOMED-CT"
ICD_10_CM = "ICD-10-CM"


class CodeList(Part):
    """Codes that name one illness. Those of ICD-10-CM are beginnings, without dots; SNOMED CT's are whole."""

    title: str
    icd_10_cm: tuple[str, ...] = ()
    icd_10_cm_except: tuple[str, ...] = ()
    snomed_ct: tuple[str, ...] = ()

    def names(self, diagnosis: Diagnosis) -> bool:
        """Whether this diagnosis is one of the list's."""
        code = diagnosis.code.replace(".", "").upper()
        if diagnosis.system == SNOMED_CT:
            return diagnosis.code in self.snomed_ct
        found = diagnosis.system == ICD_10_CM and code.startswith(self.icd_10_cm)
        return found and not code.startswith(self.icd_10_cm_except)


CodeLists = Mapping[str, CodeList]


def is_readable(diagnosis: Diagnosis) -> bool:
    """Whether the code's system is one whose codes can be told apart here."""
    return diagnosis.system in {SNOMED_CT, ICD_10_CM}
