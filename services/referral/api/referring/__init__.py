"""How a referral comes in by hand, and how what it states is completed."""
