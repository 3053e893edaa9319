-- The way to hospice, and those who are bereaved: a document per patient each, with rows for their lists.
create table hospice (
    stream text primary key,
    doc jsonb not null
);
create table bereavement (
    stream text primary key,
    doc jsonb not null
);

-- What is to be done about hospice, by patient. episode_id: in which the entries were made.
create table hospice_task (
    patient_id uuid primary key,
    episode_id uuid not null,
    stage text not null,
    hospice text not null,
    open_prompts integer not null,
    effective_on date,
    ask_again_on date,
    notice_due_on date,
    notice_overdue boolean not null,
    package_missing boolean not null,
    to_be_referred boolean not null,
    death_reported boolean not null
);
create index hospice_task_waits on hospice_task (patient_id)
    where open_prompts > 0 or ask_again_on is not null or notice_due_on is not null or package_missing or to_be_referred
        or death_reported;

-- Packages that went to a hospice, each behind a private link. failed: wrong dates of birth typed there.
create table hospice_package (
    package_id uuid primary key,
    patient_id uuid not null,
    failed integer not null default 0
);
create index hospice_package_patient on hospice_package (patient_id);

-- Everybody who is bereaved, with the contact that comes next and whether the letter of condolence is still to be written.
create table bereaved (
    person_id uuid primary key,
    patient_id uuid not null,
    full_name text not null,
    relationship text not null,
    language text not null,
    risk text not null,
    next_code text,
    next_due_on date,
    letter_due_on date
);
create index bereaved_patient on bereaved (patient_id);
create index bereaved_waits on bereaved (least(next_due_on, letter_due_on)) where next_due_on is not null or letter_due_on is not null;
