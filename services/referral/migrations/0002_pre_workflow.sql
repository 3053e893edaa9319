-- What the worklist sorts and filters by, and how a referral that comes again is known.
alter table referral
    add column version integer not null default 0,
    add column open boolean not null default true,
    add column decision text,
    add column assigned_to text not null default '',
    add column payer text,
    add column waits_for text,
    add column next_due timestamptz,
    add column next_milestone text,
    add column placer_assigner text,
    add column placer_id text,
    add column raw_hash text,
    add column replaces uuid;

-- Rows of the first release: a decision is due; an accepted referral waits for its first visit.
update referral set
    open = status <> 'declined',
    decision = case when status in ('accepted', 'declined') then status end,
    next_due = case
        when status = 'triage' then received_at + case when urgent then interval '24 hours' else interval '2 days' end
        when status = 'accepted' then decided_at + case when urgent then interval '24 hours' else interval '7 days' end
    end,
    next_milestone = case status when 'triage' then 'decision' when 'accepted' then 'first_visit' end;

create index referral_next on referral (next_due, referral_id) where open;
create index referral_next_undecided on referral (next_due, referral_id) where open and decision is null;
create index referral_next_of_status on referral (status, next_due, referral_id) where open;
create index referral_next_urgent on referral (next_due, referral_id) where open and urgent;
create index referral_next_of_payer on referral (payer, next_due, referral_id) where open;
create index referral_next_of_person on referral (assigned_to, next_due, referral_id) where open;
create index referral_next_of_organization on referral (lower(organization), next_due, referral_id) where open;
create index referral_ended on referral (received_at, referral_id) where not open;
create index referral_ended_of_status on referral (status, received_at, referral_id) where not open;
create index referral_names on referral using gin (to_tsvector('simple', patient_name));
create index referral_raw_hash on referral (raw_hash) where raw_hash is not null;
-- One referral by each number of a referrer, but for those that take it up again.
create unique index referral_placer on referral (placer_assigner, placer_id)
    where placer_id is not null and replaces is null;
create index referral_placer_again on referral (placer_assigner, placer_id, received_at)
    where placer_id is not null;
