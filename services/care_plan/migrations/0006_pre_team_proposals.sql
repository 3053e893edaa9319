-- Who is to take whose place because of leave, a resignation or too many patients: the planner's newest proposals, all
-- made again when the roster changes. What is approved is a command on the patient's care, and no row here any more.
create table team_proposal (
    proposal_id uuid primary key,
    patient_id uuid not null,
    role text not null,
    leaves uuid not null,
    joins uuid,
    from_day date not null,
    until date,
    reason text not null,
    because text not null
);
create index team_proposal_day on team_proposal (from_day, proposal_id);
