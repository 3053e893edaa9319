-- The same file with other settings is another try: an upload is known by its content and its settings. An older
-- release knows of no settings and leaves them empty; it finds an upload by the hash alone, as it always has.
alter table upload
    add column settings text not null default '',
    add column as_of date,
    add column line_end text not null default 'lf',
    add column numbered integer not null default 0,
    add column unclosed integer not null default 0,
    add column compared_to integer not null default 0,
    add column changes jsonb not null default '{}',
    add column ticked text[] not null default '{}';
create unique index upload_content on upload (hash, settings) where stage not in ('receiving', 'unreadable', 'discarded');
drop index upload_hash;

-- What was mended or left out of a row, by what its sender knows it, and why something of it waits for the office.
alter table upload_row
    add column notes jsonb,
    add column row_hash text not null default '',
    add column reference text not null default '',
    add column member_id text not null default '',
    add column withdraws boolean not null default false,
    add column because text;
create index upload_row_noted on upload_row (upload_id, number) where notes is not null;

-- The row that a referral was read from, by its bytes: by these it is known again, also under other settings.
alter table arrived_as add column row_hash text;
create index arrived_as_row on arrived_as (row_hash) where row_hash is not null;
