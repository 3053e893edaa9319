create table seen (stream text primary key, doc jsonb not null) with (fillfactor = 70);
-- The floor's and the peer's tables: the same effect without the kit.
create table floor_seen (stream text primary key, visits int not null, worst int not null)
    with (fillfactor = 70);
create table floor_mark (source text, stream text, last_sequence bigint not null, primary key (source, stream))
    with (fillfactor = 70);
create table floor_outbox (id bigint generated always as identity primary key, topic text not null, key bytea not null,
                           headers json not null, body bytea not null);
