-- What arrived from outside, as it arrived: once per content, by its SHA-256 in hexadecimal digits.
create table arrived (
    hash text primary key,
    content_type text not null,
    body bytea not null,
    channel text not null,
    sent_by text not null,
    received_at timestamptz not null
);

-- What a referral was read from: a message of its own, or a row of an upload (whose file has the hash); more than one
-- when it was stated anew. With the sender's own number, by which a system asks for it.
create table arrived_as (
    referral_id uuid not null,
    hash text not null,
    row_number integer,
    placer_assigner text not null,
    placer_id text not null,
    primary key (referral_id, hash)
);
create index arrived_as_placer on arrived_as (placer_id, placer_assigner) where placer_id <> '';

-- A health plan's list: what holds for all of its rows, and how far it has come. The hash is known once all has arrived.
create table upload (
    upload_id uuid primary key,
    stage text not null,
    hash text,
    kind text not null,
    encoding text not null,
    plan text not null,
    coverage text not null,
    email text,
    phone text,
    sent_by text not null,
    received_at timestamptz not null,
    bytes bigint not null default 0,
    header jsonb,
    delimiter text not null default ',',
    checked_to bigint not null default 0,
    rows integer not null default 0,
    wrong integer not null default 0,
    done integer not null default 0,
    refused integer not null default 0,
    unreadable text not null default '',
    confirmed_by text,
    confirmed_at timestamptz,
    finished_at timestamptz
);
create unique index upload_hash on upload (hash) where stage not in ('receiving', 'unreadable', 'discarded');
create index upload_received on upload (received_at desc);
create index upload_work on upload (received_at) where stage in ('receiving', 'checking', 'performing');

-- The file in pieces of one size, so that any place of it is found.
create table upload_chunk (
    upload_id uuid not null references upload on delete cascade,
    n integer not null,
    body bytea not null,
    primary key (upload_id, n)
);

-- Every row: where it stands in the file, then either what it states or what is wrong with it, and what became of it.
create table upload_row (
    upload_id uuid not null references upload on delete cascade,
    number integer not null,
    starts bigint not null,
    length integer not null,
    stated text,
    problems jsonb,
    outcome text,
    referral_id uuid,
    eligible boolean,
    reason text not null default '',
    primary key (upload_id, number)
);
create index upload_row_waiting on upload_row (upload_id, number) where stated is not null;
create index upload_row_wrong on upload_row (upload_id, number) where problems is not null;
