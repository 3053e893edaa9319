"""A referral's way through the office: where it may stand, what may be done to it there, and what follows."""
