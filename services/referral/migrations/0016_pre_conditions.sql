-- The query of a row's `ifNoneExist`: where one order fits it, the row changes nothing.
alter table upload_row add column if_none_exist text not null default '';
