-- Rely on it. Not in the transaction that filled it in: who waits for a filled row has the table locked as well, and
-- to change the table then is a deadlock. `back/` gives it back.
alter table effect alter column told_by set not null;
