-- How many rows of a list are about what is known here, by what they do to it; and the fields of a row that wait.
alter table upload add column known jsonb not null default '{}';
alter table upload_row add column waits text[] not null default '{}';
