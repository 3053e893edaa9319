"""Referrals as rows: for the worklist, and to find a referral's patient."""
