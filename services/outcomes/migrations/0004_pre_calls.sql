-- The line: a document per call, one per patient for advice, and what is counted of each as a row of its month.
create table called (
    stream text primary key,
    doc jsonb not null
);
create table advised (
    stream text primary key,
    doc jsonb not null
);
create table call_measure (
    stream text primary key,
    month date not null,
    waited_seconds double precision,    -- until somebody answered
    abandoned boolean not null,
    kept integer not null,              -- callbacks made in time, of those of which it is known
    settled integer not null
);
create index call_measure_month on call_measure (month);
create table advice_measure (
    stream text not null,
    call_id uuid not null,
    month date not null,
    to_hospital boolean not null,
    primary key (stream, call_id)
);
create index advice_measure_month on advice_measure (month);
