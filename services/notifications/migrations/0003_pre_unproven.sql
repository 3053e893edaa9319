-- Letters to an address that nobody has proven are counted by day. Those of before, and those that an older release
-- writes, count as proven to nobody's advantage: without a digest they prove no address.
alter table letter add column address_digest bytea;
alter table letter add column proven boolean not null default true;
alter table letter add column goes_on date;
create index letter_address on letter (address_digest, goes_on);
