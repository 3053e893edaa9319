-- A referral is known by the document that it began with, also when it was read from a later one since.
alter table referral add column first_hash text;
create index referral_first_hash on referral (first_hash) where first_hash is not null;
