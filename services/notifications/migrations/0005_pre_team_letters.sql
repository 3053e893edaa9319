-- Letters to care teams that a hospital told of a patient: a document per patient, and a row per letter.
create table team_letters (
    stream text primary key,
    doc jsonb not null
);
create table team_letter (
    notification_id uuid primary key,
    stream text not null,
    status text not null,
    requested_at timestamptz not null,
    doc jsonb not null,
    queued_at timestamptz not null default clock_timestamp()
);
create index team_letter_queued on team_letter (queued_at) where status = 'queued';
