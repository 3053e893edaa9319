-- When a referral came to its place in the worklist's order: whoever pages through it is told what moved ahead.
alter table referral add column sorted_at timestamptz;

-- The tabs of the worklist whose referrals stand in several statuses.
create index referral_next_to_reach on referral (next_due, referral_id)
    where open and status in ('accepted', 'contacting', 'unreachable');
create index referral_next_waiting on referral (next_due, referral_id)
    where open and status in ('info_requested', 'waitlisted', 'first_visit_scheduled', 'active');
create index referral_next_changes on referral (next_due, referral_id)
    where open and (proposals > 0 or status = 'cancellation_requested');
