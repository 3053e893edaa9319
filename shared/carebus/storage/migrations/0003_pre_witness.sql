-- Which event was read, or published, last of each partition, and where it was: if another is there now, or none, the log
-- has lost its end since, even if it has grown again beyond that place.
create table witness (
    reader text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    event_id text not null,
    primary key (reader, topic, partition)
);
