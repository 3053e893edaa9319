-- What each referral states of its person, normalised: one row per referral, compared with what later ones state.
create table person (
    referral_id uuid primary key,
    patient_id uuid not null,
    given text not null,
    family text not null,
    suffix text not null,
    born text not null,
    phone text not null,
    email text not null,
    street text not null,
    postal_code text not null,
    city text not null,
    member text not null,
    plan text not null,
    mbi text not null,
    deceased boolean not null,
    keys bigint[] not null
);
create index person_patient on person (patient_id);

-- Under which keys a statement is found: about ten small rows each, so that a block can be read up to a bound.
create table person_key (
    key bigint not null,
    referral_id uuid not null,
    primary key (key, referral_id)
);

-- Who is who: merges and reviews of one patient, as a document.
create table identity (
    stream text primary key,
    doc jsonb not null
);

-- Patients whose record was closed in favour of another's. No chains: a survivor is never itself retired.
create table merged (
    retired_id uuid primary key,
    survivor_id uuid not null
);
create index merged_survivor on merged (survivor_id);

-- Statements to be held against everybody again, because they are new or changed: `n` tells one change from the next.
create table person_unchecked (
    referral_id uuid primary key,
    n bigserial
);

-- Reviews of whom a referral may be about, for the queue.
create table review (
    review_id uuid primary key,
    patient_id uuid not null,
    referral_id uuid not null,
    opened_at timestamptz not null,
    decision text,
    grade text not null,
    weight double precision not null,
    candidates integer not null
);
create index review_open on review (opened_at, review_id) where decision is null or decision = 'more_information';
create index review_referral on review (referral_id);
