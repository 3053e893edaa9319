-- Before a way back to the first release, which knows nothing of the column.
alter table effect alter column told_by drop not null;
delete from schema_migration where name in ('service/0003_post_filled.sql', 'service/0004_post_tightened.sql');
