-- Only the later release writes now: fill in what the first one left open, and rely on it. `back/` gives it back.
update effect set told_by = 'first' where told_by is null;
alter table effect alter column told_by set not null;
