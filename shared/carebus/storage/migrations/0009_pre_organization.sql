-- For which organization or health plan somebody acts who has signed in, as the provider says it.
alter table session add column organization text not null default '';

-- Whoever asks for a record is asked how they stand to those that go on as it.
create index goes_on_as_subject on goes_on (as_subject);
