"""Loans: each thing that was delivered, from the order until it is returned, lost, or the patient's own."""
