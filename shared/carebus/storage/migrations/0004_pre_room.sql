-- Rows that change with every event find room for their next version on their own page: no index is touched then.
alter table stream set (fillfactor = 70);
alter table mark set (fillfactor = 70);

-- Nothing that is done often looks for an event by its stream; every event told paid for it.
drop index outbox_stream_sequence;
