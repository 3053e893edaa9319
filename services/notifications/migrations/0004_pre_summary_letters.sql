-- Letters about visit summaries: a document per patient, and a row per letter; tries in vain are counted in `attempt`.
create table summary_letters (
    stream text primary key,
    doc jsonb not null
);
create table summary_letter (
    notification_id uuid primary key,
    stream text not null,
    status text not null,
    requested_at timestamptz not null,
    doc jsonb not null,
    queued_at timestamptz not null default clock_timestamp()
);
create index summary_letter_queued on summary_letter (queued_at) where status = 'queued';
