-- What the line handed over about each patient, so that the team finds it in the morning.
create table nights (
    stream text primary key,
    doc jsonb not null
);
