"""Who can look after whom: clinicians, where they are, how well one fits a patient, and the order of their day."""
