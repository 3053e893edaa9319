-- Every version of a plan that the team wrote, as it stood last: to be read again, and compared with the one before.
create table plan_version (
    plan_id uuid not null,
    version integer not null,
    says jsonb not null,
    changed_at timestamptz,
    approved_at timestamptz,
    primary key (plan_id, version)
);
