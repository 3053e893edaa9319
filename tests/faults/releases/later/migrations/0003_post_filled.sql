-- Only the later release writes now: fill in what the first one left open.
update effect set told_by = 'first' where told_by is null;
