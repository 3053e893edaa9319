-- When this service was first started, by the clinic's clock: one row. Null if its database had been used before that was kept.
create table beginning (
    only_one boolean primary key default true check (only_one),
    began_at timestamptz
);

-- What timers that were due before the service began would have told, had it been there: counted, and told to nobody.
create table untold (
    type text primary key,
    events bigint not null
);
