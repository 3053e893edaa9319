-- Family names that a person bore before; the names, with a stroke between two.
alter table person add column former text not null default '';

-- By which release of the rules a statement was normalised and its keys were made: what an older one wrote is made again.
alter table person add column made_by smallint not null default 1;
create index person_made_by on person (made_by);
