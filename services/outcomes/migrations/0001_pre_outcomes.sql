-- What the outcomes service keeps: one journey per patient, counted by its generated columns.

create table journey (
    stream text primary key,
    doc jsonb not null,
    received boolean generated always as (doc ->> 'received_at' is not null) stored,
    accepted boolean generated always as (doc ->> 'accepted_at' is not null) stored,
    decline_reason text generated always as (doc ->> 'decline_reason') stored,
    conditions jsonb generated always as (doc -> 'conditions') stored,
    payer text generated always as (coalesce(doc ->> 'payer', 'unknown')) stored,
    team_assigned boolean generated always as (doc ->> 'team_assigned_at' is not null) stored,
    visits_scheduled integer generated always as ((doc ->> 'visits_scheduled')::integer) stored,
    visits_completed integer generated always as ((doc ->> 'visits_completed')::integer) stored,
    days_to_first_visit double precision generated always as ((doc ->> 'days_to_first_visit')::double precision) stored,
    assessed_visits integer generated always as ((doc ->> 'assessed_visits')::integer) stored,
    first_esas jsonb generated always as (nullif(doc -> 'first_esas', 'null'::jsonb)) stored,
    latest_esas jsonb generated always as (nullif(doc -> 'latest_esas', 'null'::jsonb)) stored,
    requested integer generated always as ((doc ->> 'requested')::integer) stored,
    notified integer generated always as ((doc ->> 'notified')::integer) stored,
    failed integer generated always as ((doc ->> 'failed')::integer) stored,
    suppressed jsonb generated always as (doc -> 'suppressed') stored
);
