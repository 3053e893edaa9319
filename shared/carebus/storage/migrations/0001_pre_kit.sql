-- The kit's own tables, the same in every service's database.

-- One row per stream (patient, roster ...): locking it is what puts all work on the stream in one order.
create table stream (
    stream text primary key,
    next_sequence bigint not null default 1
);

-- The last sequence handled, or taken into custody as parked, of every stream of every source.
create table mark (
    source text not null,
    stream text not null,
    last_sequence bigint not null,
    primary key (source, stream)
);

-- Every event this service has told, kept so that a topic can be published again. Partitioned by day of real time.
create table outbox (
    id bigint generated always as identity,
    told_at timestamptz not null default clock_timestamp(),
    stream text not null,
    sequence bigint not null,
    event_id uuid not null,
    type text not null,
    topic text not null,
    key bytea not null,
    headers json not null,
    body bytea not null,
    primary key (told_at, id)
) partition by range (told_at);
create table outbox_default partition of outbox default;
create index outbox_stream_sequence on outbox (stream, sequence);

-- What the relay still has to publish, in the order of id.
create table outbox_pending (
    id bigint primary key,
    told_at timestamptz not null
);

-- How far this service has read each partition: written with the effects, in the same transaction.
create table consumer_offset (
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    primary key (topic, partition)
);

-- A stored offset was beyond the log's end (the log lost its tail) and was set back: an alarm, for the operator.
create table offset_repair (
    id bigint generated always as identity primary key,
    topic text not null,
    partition integer not null,
    stored_offset bigint not null,
    log_end bigint not null,
    set_to bigint not null,
    repaired_at timestamptz not null default clock_timestamp()
);

-- Events that could not be handled, and the later ones of the same stream that wait behind them.
create table parked_event (
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    stream text,
    source text,
    sequence bigint,
    type text,
    event_id uuid,
    correlation_id uuid,
    key bytea,
    headers json not null,
    body bytea,
    reason text not null,
    rule text not null default '',
    attempts integer not null default 1,
    parked_at timestamptz not null default clock_timestamp(),
    primary key (topic, partition, record_offset),
    unique (source, stream, sequence)
);
create index parked_event_stream on parked_event (stream);

-- Commands by their Idempotency-Key, with the answer that was given.
create table command (
    key text primary key,
    fingerprint bytea not null,
    status integer not null default 0,
    answer jsonb,
    made_at timestamptz not null default clock_timestamp()
);

-- "Tell me at this time, unless cancelled": clinic time.
create table timer (
    stream text not null,
    name text not null,
    id uuid not null,
    due_at timestamptz not null,
    kind text not null,
    body jsonb not null,
    correlation_id uuid not null,
    actor text not null default '',
    traceparent text,
    failed text,  -- why it could not be handled; such a timer is shown, and not tried again by itself
    primary key (stream, name)
);
create index timer_due_at on timer (due_at) where failed is null;
