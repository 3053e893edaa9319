-- How many changes that senders stated wait for the office, for the worklist; a referral of an older release has none.
alter table referral add column proposals integer not null default 0;
