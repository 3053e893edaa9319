-- What the notifications service keeps: whom each family wants told, every message, and how often it was tried.

-- One document per patient.
create table family (
    stream text primary key,
    doc jsonb not null
);

-- Every message. Written by decisions only; `queued_at` is real time, the other times are the clinic's.
create table dispatch (
    notification_id uuid primary key,
    stream text not null,
    status text not null,
    topic text not null,
    requested_at timestamptz not null,
    doc jsonb not null,
    queued_at timestamptz not null default clock_timestamp()
);
create index dispatch_queued on dispatch (queued_at) where status = 'queued';
create index dispatch_requested_at on dispatch (requested_at desc, notification_id);
create index dispatch_stream on dispatch (stream, requested_at desc);
create index dispatch_unsent on dispatch (status, requested_at desc) where status <> 'sent';

-- How often a waiting message was tried in vain. Written by the mail worker only, so that it shares no lock with decisions.
create table attempt (
    notification_id uuid primary key,
    attempts integer not null,
    next_try_at timestamptz not null
);

-- What was withheld from a family: once per topic and reason.
create table withheld (
    stream text not null,
    topic text not null,
    reason text not null,
    decided_at timestamptz not null,
    primary key (stream, topic, reason)
);
create index withheld_decided_at on withheld (decided_at desc);
