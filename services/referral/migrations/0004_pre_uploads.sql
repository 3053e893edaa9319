-- What arrived from outside, as it arrived: once per content, by its SHA-256 in hexadecimal digits.
create table arrived (
    hash text primary key,
    content_type text not null,
    body bytea not null,
    channel text not null,
    sent_by text not null,
    received_at timestamptz not null
);

-- What a referral was read from: a message of its own, or a row of an upload (whose file has the hash). With the
-- sender's own number, by which a system asks for it.
create table arrived_as (
    referral_id uuid primary key,
    hash text not null,
    row_number integer,
    placer_assigner text not null,
    placer_id text not null
);
create index arrived_as_placer on arrived_as (placer_id, placer_assigner) where placer_id <> '';
