-- Where this reader began in a partition. One that began at the first event (0) takes no later event for a stream's first.
-- Null for a reader of an earlier release, until it looks at the partition again.
alter table consumer_offset add column began_at bigint;

-- Records that were deleted before this service had read them. Open until an operator closes it.
create table log_hole (
    id bigint generated always as identity primary key,
    topic text not null,
    partition integer not null,
    from_offset bigint not null,
    to_offset bigint not null,
    at_start boolean not null,  -- the service is new here: it reads nothing of the partition while the hole is open
    found_at timestamptz not null default clock_timestamp(),
    closed_at timestamptz,
    closed_as text
);
create unique index log_hole_open on log_hole (topic, partition, from_offset) where closed_at is null;

-- Each time this service's outbox was compared with the topics, and how many of its events were missing there.
create table comparison (
    id bigint generated always as identity primary key,
    source text not null,
    began_at timestamptz not null,
    ended_at timestamptz not null default clock_timestamp(),
    missing integer not null,
    differences integer not null
);

-- The sequence of the mark that this was kept with, and of the last eight events the last eight bytes of their ids: a known
-- sequence with another id is another event. An earlier release moves the mark alone; then the sequence here differs.
alter table mark add column recent bytea not null default ''::bytea;

-- Two events may claim one sequence, if a producer's database went back in time: both are kept.
alter table parked_event drop constraint parked_event_source_stream_sequence_key;
create unique index parked_event_event on parked_event (source, stream, sequence, event_id);

-- Below these offsets every event on the topic that bears this service's name is in its outbox.
create table published_place (
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    primary key (topic, partition)
);

-- There is a row while the topics know events of this service that its database does not: it is an older one.
create table older_database (
    found_at timestamptz not null default clock_timestamp(),
    events bigint not null
);

-- Events of the stream that `adopt` took from the topic: a decision that is taken again must not tell them a second time.
alter table stream add column adopted uuid[];
