create table tally (stream text primary key, doc jsonb not null);
-- One row per effect, so that a test can see an effect that happened twice; the check is what the database refuses.
create table effect (stream text not null, ordinal int not null, mark text not null check (mark <> 'refused-by-database'),
                     primary key (stream, ordinal));
