-- What operators did by hand: who, what, to which events, why, and to how many. No value of a patient belongs in it.
create table operator_act (
    id bigint generated always as identity primary key,
    acted_at timestamptz not null default clock_timestamp(),
    actor text not null,
    act text not null,
    target text not null,
    because text not null default '',
    events bigint  -- null while it is under way, or if it was broken off
);
