-- For which organization or health plan somebody acts who has signed in, as the provider says it.
alter table session add column organization text not null default '';
