-- By what patients are known: a document each, and what they are looked for by. All of it is folded.
create table identity (
    stream text primary key,
    doc jsonb not null
);
create table person_key (
    patient_id uuid primary key,
    birth_date date,
    families text[] not null,
    givens text[] not null,
    reached_by text[] not null,         -- phones, member numbers and homes, each with its kind
    hospital_numbers text[] not null,   -- each with whoever gave it out
    merged_into uuid,
    changed_at timestamptz not null default clock_timestamp()
);
create index person_key_birth_date on person_key (birth_date);
create index person_key_reached_by on person_key using gin (reached_by) with (fastupdate = off);
create index person_key_hospital_numbers on person_key using gin (hospital_numbers) with (fastupdate = off);
create index person_key_changed_at on person_key (changed_at);

-- Stays that hospitals have told of, and contacts that come due after them.
create table hospital_record (
    stream text primary key,
    doc jsonb not null
);
create table discharge_contact (
    patient_id uuid not null,
    stay_id uuid not null,
    hospital text not null,
    discharged_at timestamptz not null,
    due_at timestamptz not null,
    made_at timestamptz,
    primary key (patient_id, stay_id)
);
create index discharge_contact_open on discharge_contact (due_at) where made_at is null;

-- Messages that are nobody's yet: they are deleted as soon as somebody, or their time, has decided.
create table unclaimed (
    stream text primary key,
    doc jsonb not null
);
create table unclaimed_key (
    stream text primary key references unclaimed (stream) on delete cascade,
    offered boolean not null,           -- to nurses, as there are people it may be about; otherwise it is sealed
    came_at timestamptz not null,
    birth_date date,
    families text[] not null,
    givens text[] not null,
    reached_by text[] not null,
    hospital_numbers text[] not null,
    looked_at timestamptz not null default clock_timestamp()
);
create index unclaimed_key_offered on unclaimed_key (came_at) where offered;
create index unclaimed_key_birth_date on unclaimed_key (birth_date);
create index unclaimed_key_reached_by on unclaimed_key using gin (reached_by) with (fastupdate = off);
create index unclaimed_key_hospital_numbers on unclaimed_key using gin (hospital_numbers) with (fastupdate = off);

-- Under which numbers senders have sent what: digests only.
create table sent_number (
    number bytea not null,
    content bytea not null,
    primary key (number, content)
);
