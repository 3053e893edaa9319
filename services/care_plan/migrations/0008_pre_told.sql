-- What left for each patient's family lately: listed when news of a death is dismissed.
create table told (
    stream text primary key,
    doc jsonb not null
);

-- Proposals that a coordinator declined. The planner makes its proposals again and again, for leave that goes on from
-- another first day each day; so what was declined is known by who leaves, why and until when.
create table declined_proposal (
    patient_id uuid not null,
    leaves uuid not null,
    reason text not null,
    until date,
    declined_at timestamptz not null,
    declined_by text not null,
    asked_again_on date not null,
    unique nulls not distinct (patient_id, leaves, reason, until)
);
