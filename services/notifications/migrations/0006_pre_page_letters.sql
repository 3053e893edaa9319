-- Pages by mail: a document per call, and a row per page; tries in vain are counted in `attempt`.
create table page_letters (
    stream text primary key,
    doc jsonb not null
);
create table page_letter (
    notification_id uuid primary key,
    stream text not null,
    status text not null,
    requested_at timestamptz not null,
    doc jsonb not null,
    queued_at timestamptz not null default clock_timestamp()
);
create index page_letter_queued on page_letter (queued_at) where status = 'queued';
