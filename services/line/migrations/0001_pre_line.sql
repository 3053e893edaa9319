-- What is known of each patient, and the ways to find them.
create table sheet (
    stream text primary key,
    doc jsonb not null
);
create table person (
    patient_id uuid primary key,
    family text not null,           -- folded: without accents, case and generations
    given text not null,
    birth_date date not null,
    member_number text not null,    -- folded; empty where none is known
    phones text[] not null,         -- the person's own and their loved one's, digits only
    in_care boolean not null,
    merged_into uuid
);
create index person_family on person (family text_pattern_ops, given text_pattern_ops);
create index person_given on person (given text_pattern_ops);
create index person_birth_date on person (birth_date);
create index person_member_number on person (member_number) where member_number <> '';
create index person_phones on person using gin (phones);

-- Calls: a document each, and what the board lists.
create table call (
    stream text primary key,
    doc jsonb not null
);
create table call_row (
    call_id uuid primary key,
    came_at timestamptz not null,
    status text not null,           -- ringing, waiting, answered, abandoned, closed
    from_number text not null,
    nurse text not null,
    nurse_account text not null,
    patient_id uuid,
    caller_name text not null,
    next_due_at timestamptz,        -- of the open promise that is due first
    promises_open integer not null,
    paged text not null,            -- who is asked now and has not taken it; empty: nobody
    disposition text not null,
    closed_at timestamptz
);
create index call_row_open on call_row (came_at) where closed_at is null;
create index call_row_patient on call_row (patient_id, came_at desc);
create index call_row_closed on call_row (closed_at desc) where closed_at is not null;
