-- Whose record goes on for a retired one, and whether its care waits because the person is cared for there.
alter table caseload add column merged_into uuid;
alter table caseload add column held boolean not null default false;
create index caseload_merged_into on caseload (merged_into) where merged_into is not null;
