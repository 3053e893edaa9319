-- Who did and saw what. A row is written pending, in the transaction it is about; a leader seals it into the chain.

create table audit_pending (
    position bigint generated always as identity primary key,
    content text not null,  -- JSON as carebus.contracts.audit.content_of writes it: ids and codes, no names
    made_at timestamptz not null default clock_timestamp()
);

-- The chain of this service: each hash covers the row and the hash before it. The kit's statements only insert and read.
create table audit_sealed (
    number bigint primary key,
    batch bigint not null,
    previous text not null,
    hash text not null,
    content text not null
);
create index audit_sealed_batch on audit_sealed (batch);

-- The service's role owns the table it migrates, and an owner's rights can't be taken away for good: he grants them to
-- himself again. So a trigger refuses what only a mistake or an intruder would do. Whoever drops it and rewrites the
-- chain is found by the heads on the topic (`carebus audit verify`).
create function audit_is_only_added_to() returns trigger language plpgsql as $$
begin
    raise exception 'sealed rows of the audit are never changed' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_sealed_stays before update or delete or truncate on audit_sealed
    for each statement execute function audit_is_only_added_to();

-- What was written a short while ago and is not written again: who saw whom, who was refused what; by a digest.
create table audit_known (
    digest bytea primary key,
    at timestamptz not null
);
create index audit_known_at on audit_known (at);
