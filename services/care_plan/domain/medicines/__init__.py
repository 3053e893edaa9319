"""The patient's medicines: reconciled from what every source states, and checked by rules that need no licence."""
