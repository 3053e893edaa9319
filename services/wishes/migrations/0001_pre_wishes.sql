-- What is known of each patient's wishes, and conversations, each a document.
create table wishes (
    stream text primary key,
    doc jsonb not null
);
create table conversation (
    stream text primary key,        -- patient/<id>/<conversation id>
    doc jsonb not null
);

-- Who has wishes here, and what is to be done for them.
create table person (
    patient_id uuid primary key,
    family text not null,           -- folded
    given text not null,
    in_care boolean not null,
    held boolean not null,          -- a death was reported
    merged_into uuid,
    open_conflicts integer not null,
    ask_by date,                    -- the first topic that is to be asked about
    review_on date
);
create index person_family on person (family text_pattern_ops, given text_pattern_ops);
create index person_merged_into on person (merged_into) where merged_into is not null;
create index person_to_do on person (least(ask_by, review_on)) where in_care and not held;
create index person_conflicts on person (patient_id) where open_conflicts > 0;

-- Every document that was ever filed, as it stands; the state has those that count.
create table document_row (
    document_id uuid primary key,
    patient_id uuid not null,
    file_id uuid,
    kind text not null,
    status text not null,
    doc jsonb not null
);
create index document_row_patient on document_row (patient_id);
create index document_row_file on document_row (file_id);

-- Files as they came, and their pages as drawn; sealed, with the id of the key beside them.
create table file (
    file_id uuid primary key,
    document_id uuid not null,
    patient_id uuid not null,
    media_type text not null,
    size integer not null,
    key_id text not null,
    content bytea not null,
    scan text not null,             -- waiting, clean, infected, too_large
    scanned_at timestamptz,
    received_at timestamptz not null
);
alter table file alter column content set storage external;
create index file_waiting on file (received_at) where scan = 'waiting';
create table file_page (
    file_id uuid not null references file (file_id) on delete cascade,
    page integer not null,          -- from 1
    key_id text not null,
    content bytea not null,
    primary key (file_id, page)
);
alter table file_page alter column content set storage external;

-- Who opened, printed or took away which document.
create table document_use (
    document_id uuid not null,
    patient_id uuid not null,
    used_at timestamptz not null,
    used_by text not null,
    how text not null               -- opened, printed, downloaded
);
create index document_use_document on document_use (document_id, used_at desc);
