"""What referrers and other systems are told of a referral."""
