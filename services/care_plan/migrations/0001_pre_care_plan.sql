-- One document per patient in care: what decisions are made from.
create table care (
    stream text primary key,
    doc jsonb not null
);

-- The clinicians who can be assigned: one document.
create table roster (
    stream text primary key,
    doc jsonb not null
);

-- One row per patient for the caseload, renewed with every decision.
create table caseload (
    patient_id uuid primary key,
    episode_id uuid not null,
    given_name text not null,
    family_name text not null,
    time_zone text not null,
    priority text not null,
    conditions text[] not null,
    awaited text[] not null,      -- roles that lacked room; empty once there is a team
    primary_id uuid,
    primary_name text,
    phase text,
    akps integer,
    visits_completed integer not null,
    last_visit_at timestamptz,
    next_visit_id uuid,
    next_visit_at timestamptz,
    overdue boolean not null,
    opened_at timestamptz not null
);
create index caseload_next_visit on caseload (next_visit_at, patient_id);

-- Every visit: found by its id, and those due by their time.
create table visit (
    visit_id uuid primary key,
    patient_id uuid not null,
    episode_id uuid not null,
    ordinal integer not null,
    mode text not null,
    clinician jsonb not null,
    starts_at timestamptz not null,
    minutes integer not null,
    completed_at timestamptz,
    unique (patient_id, ordinal)
);
create index visit_due on visit (starts_at, visit_id) where completed_at is null;
