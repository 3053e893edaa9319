-- How far each service's chain has come, as it was heard.
create table chain (
    stream text primary key,
    doc jsonb not null
);

-- Rows as they came, told by the services. Ids and codes; only emergency_reason is words.
create table audit_row (
    id uuid primary key,
    service text not null,
    batch bigint not null,
    number bigint not null,
    at timestamptz not null,
    who text not null,
    kind text not null,
    name text not null,
    emergency_reason text not null,
    patients uuid[] not null,
    doc json not null
);
create index audit_row_at on audit_row (at, id);
create index audit_row_who on audit_row (who, at, id);
create index audit_row_kind on audit_row (kind, at, id);
create index audit_row_emergency on audit_row (at, id) where emergency_reason <> '';

-- Whom a row is about: the few rows of one patient in order, however many there are of all.
create table audit_patient (
    patient uuid not null,
    at timestamptz not null,
    id uuid not null references audit_row,
    kind text not null,
    primary key (patient, at, id)
);
create index audit_patient_disclosed on audit_patient (patient, at, id) where kind in ('disclosure', 'export');

-- What became of each emergency access.
create table review (
    stream text primary key,
    doc jsonb not null
);
