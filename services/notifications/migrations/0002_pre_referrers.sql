-- Letters to referrers: a document per patient, and a row per letter. Apart from `dispatch`, whose rows an older release
-- reads as messages to families; tries in vain are counted in `attempt` for both.
create table referrers (
    stream text primary key,
    doc jsonb not null
);
create table letter (
    notification_id uuid primary key,
    stream text not null,
    status text not null,
    requested_at timestamptz not null,
    doc jsonb not null,
    queued_at timestamptz not null default clock_timestamp()
);
create index letter_queued on letter (queued_at) where status = 'queued';
create index letter_requested_at on letter (requested_at desc, notification_id);
create index letter_stream on letter (stream, requested_at desc);
