create table said (stream text primary key, doc jsonb not null);
create table heard (stream text primary key, doc jsonb not null);

-- One row per effect, so that the checker sees one that happened twice, or never, or too early.
create table effect (log text not null, stream text not null, ordinal int not null,
                     entry text not null check (entry not like 'refused%'),
                     at timestamptz not null default clock_timestamp(), primary key (log, stream, ordinal));

-- Every move of an offset, kept by the database itself: nothing that the kit does can leave one out.
create table offset_move (id bigint generated always as identity primary key, topic text not null,
                          part int not null, was bigint not null, became bigint not null);
create function keep_offset_move() returns trigger language plpgsql as $$
begin
    insert into offset_move (topic, part, was, became)
    values (old.topic, old.partition, old.next_offset, new.next_offset);
    return null;
end $$;
create trigger keep_offset_move after update on consumer_offset for each row execute function keep_offset_move();
