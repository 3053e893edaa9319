"""The rules of eligibility and what they found, in words."""
