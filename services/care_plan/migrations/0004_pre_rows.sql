-- An hour is a row, and no clinician can be in two places: the second who takes one is refused by its constraint.
create extension if not exists btree_gist;
create table booking (
    visit_id uuid not null,
    clinician_id uuid not null,
    patient_id uuid not null,
    during tstzrange not null,
    primary key (visit_id, clinician_id),
    constraint booking_one_place_at_a_time exclude using gist (clinician_id with =, during with &&)
);
create index booking_patient on booking (patient_id);

-- Clinicians: a document each, and what lists and the planner ask of them.
create table clinician (
    stream text primary key,
    doc jsonb not null,
    clinician_id uuid generated always as ((doc ->> 'clinician_id')::uuid) stored,
    account uuid generated always as ((doc ->> 'account')::uuid) stored
);
create index clinician_account on clinician (account) where account is not null;

-- Whose patients they are: the team of everybody whose care goes on.
create table panel (
    patient_id uuid not null,
    clinician_id uuid not null,
    primary key (patient_id, clinician_id)
);
create index panel_clinician on panel (clinician_id);

-- What the planner has to find: professions that are lacking, and visits that have no hour.
create table wanted (
    patient_id uuid not null,
    wanted_id uuid not null,     -- of a visit; the patient's own id for a team
    kind text not null,          -- team or visit
    due date,
    since timestamptz not null,
    primary key (patient_id, wanted_id)
);
create index wanted_since on wanted (kind, since);

-- A visit that is over: one document each, so that a patient's own stays small however long they are cared for.
create table visit_record (
    stream text primary key,
    doc jsonb not null
);

-- What an older release does not know of it leaves empty, so nothing here may be required.
alter table visit add column purpose text;
alter table visit add column others jsonb;
alter table visit add column outcome text;
alter table visit add column over_at timestamptz;
alter table visit add column started_at timestamptz;
alter table visit add column confirmed_at timestamptz;
alter table visit add column signed_at timestamptz;
alter table visit add column reason text;
alter table visit add column moves integer;
update visit set outcome = 'completed', over_at = completed_at where completed_at is not null;
-- An older release, if it comes back, numbers visits anew: nothing is lost by a number that comes twice.
alter table visit drop constraint visit_patient_id_ordinal_key;
create index visit_patient on visit (patient_id, ordinal);
create index visit_unsigned on visit (over_at) where completed_at is not null and signed_at is null;

alter table caseload add column ended_at timestamptz;
alter table caseload add column end_reason text;
alter table caseload add column on_hold_since timestamptz;
alter table caseload add column birth_date date;

-- The roster of earlier releases, taken apart.
insert into clinician (stream, doc)
select 'roster/' || (member ->> 'clinician_id'), member - 'load' - 'booked'
from roster, jsonb_array_elements(doc -> 'members') as member
on conflict do nothing;
insert into panel (patient_id, clinician_id)
select split_part(stream, '/', 2)::uuid, (member ->> 'clinician_id')::uuid
from care, jsonb_array_elements(doc -> 'team') as member
on conflict do nothing;
insert into booking (visit_id, clinician_id, patient_id, during)
select visit_id, (clinician ->> 'clinician_id')::uuid, patient_id,
       tstzrange(starts_at, starts_at + make_interval(mins => minutes))
from visit where completed_at is null and starts_at > now() - interval '1 day'
on conflict do nothing;
insert into wanted (patient_id, wanted_id, kind, since)
select patient_id, patient_id, 'team', opened_at from caseload where cardinality(awaited) > 0
on conflict do nothing;
update caseload set birth_date = (doc #>> '{patient,birth_date}')::date from care where care.stream = 'patient/' || patient_id;
