-- Who does which duty when.
create table shift (
    shift_id uuid primary key,
    duty text not null,             -- line, on_call, supervisor
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    doc jsonb not null
);
create index shift_ends_at on shift (ends_at, starts_at);

-- Who is on the line now: somebody who came and has not gone.
create table presence (
    account text primary key,
    name text not null,
    since timestamptz not null
);

-- Promises that are open, so that whoever comes on sees whose they are.
create table promise_row (
    promise_id uuid primary key,
    call_id uuid not null,
    account text not null,
    name text not null,
    due_at timestamptz not null
);
create index promise_row_call on promise_row (call_id);
create index promise_row_due_at on promise_row (due_at);

-- What a page's private link leads to.
create table page_link (
    link_id uuid primary key,
    call_id uuid not null,
    page_id uuid not null,
    name text not null,
    asked_at timestamptz not null
);

-- What is to be handed over to a patient's team, and until when; and what was, last.
create table hand_over (
    patient_id uuid primary key,
    due_at timestamptz,
    written_at timestamptz
);
create index hand_over_due_at on hand_over (due_at) where due_at is not null;
create index hand_over_written_at on hand_over (written_at) where written_at is not null;

-- Since when somebody is asked, and whether the last step repeats: what the alarm counts.
alter table call_row add column paged_since timestamptz;
alter table call_row add column paged_last boolean not null default false;
