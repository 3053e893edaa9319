"""Who a patient is: reviews of whom a referral is about, and records of one person put together."""
