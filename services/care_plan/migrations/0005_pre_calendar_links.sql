-- Who outside has whose visit summaries: a document for each patient, and a row for each sending however old.
create table sharing (
    stream text primary key,
    doc jsonb not null
);
create table summary_sending (
    sending_id uuid primary key,
    patient_id uuid not null,
    visit_id uuid not null,
    doc jsonb not null,
    sent_at timestamptz not null,
    failed integer not null default 0    -- wrong dates of birth; never part of the document, so never replayed
);
create index summary_sending_visit on summary_sending (visit_id, sent_at);

-- Private links to calendars. A token is kept as its SHA-256 only: whoever reads this table opens none of them.
create table calendar_link (
    link_id uuid primary key,
    digest bytea not null unique,
    kind text not null,                  -- staff: of a clinician; family: of a patient
    subject_id uuid not null,
    label text not null default '',      -- for whom it was made
    made_by text not null,
    made_at timestamptz not null,
    revoked_at timestamptz,
    opened_at timestamptz                -- when a calendar asked last
);
create index calendar_link_subject on calendar_link (kind, subject_id, made_at);
create index visit_starts on visit (starts_at);
