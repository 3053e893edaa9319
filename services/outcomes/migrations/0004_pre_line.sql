-- Calls of the line, without numbers or names, and what each patient's calls came to; both counted by month.

create table line_call (
    stream text primary key,
    doc jsonb not null,
    month text generated always as (doc ->> 'month') stored,
    by_hand boolean generated always as ((doc ->> 'by_hand')::boolean) stored,
    waited double precision generated always as ((doc ->> 'waited')::double precision) stored,
    abandoned boolean generated always as ((doc ->> 'abandoned')::boolean) stored,
    callbacks_due integer generated always as ((doc ->> 'callbacks_due')::integer) stored,
    callbacks_in_time integer generated always as ((doc ->> 'callbacks_in_time')::integer) stored
);
create index line_call_month on line_call (month);

create table line_advice (
    stream text primary key,
    doc jsonb not null
);
