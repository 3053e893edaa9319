-- Room for what the later release writes; the first one writes around it.
alter table effect add column told_by text;
create table tally (log text not null, stream text not null, entries int not null, primary key (log, stream));
