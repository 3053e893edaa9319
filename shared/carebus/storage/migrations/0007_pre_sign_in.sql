-- Who has signed in, and how accounts stand to patients and referrals.

-- A sign-in under way: what has to come back from the provider. The key is SHA-256 of the browser's cookie.
create table sign_in (
    digest bytea primary key,
    kept json not null,
    ends_at timestamptz not null
);
create index sign_in_ends_at on sign_in (ends_at);

-- Sessions of real time (not the clinic's). The key is SHA-256 of a random cookie, which is kept nowhere; the refresh
-- token is sealed with a key that is made of that cookie, so that this table alone opens nothing.
create table session (
    digest bytea primary key,
    id uuid not null unique,
    issuer text not null,
    subject text not null,
    provider_session text not null,
    roles text[] not null,
    name text not null,
    email text not null,
    sealed_refresh bytea,
    id_token_hint bytea,
    began_at timestamptz not null default clock_timestamp(),
    active_at timestamptz not null default clock_timestamp(),
    renewed_at timestamptz not null default clock_timestamp()
);
create index session_subject on session (issuer, subject);
create index session_provider_session on session (issuer, provider_session);
create index session_began_at on session (began_at);

-- A logout token is taken once: those seen while they could still be sent again.
create table logout_seen (
    digest bytea primary key,
    ends_at timestamptz not null
);

-- What the people behind accounts are called on this service's pages: as the provider said last.
create table account (
    account uuid primary key,
    name text not null,
    roles text[] not null,
    seen_at timestamptz not null default clock_timestamp()
);

-- How an account stands to a subject (a patient or a referral), made from events in their transaction.
create table relation (
    relation text not null,
    account uuid not null,
    subject uuid not null,
    since timestamptz not null,
    until timestamptz,
    primary key (account, subject, relation, since)
);
create index relation_subject on relation (subject, relation);

-- Who has opened one patient's record in an emergency: for an hour of real time, with the reason they gave.
create table emergency_access (
    account uuid not null,
    subject uuid not null,
    reason text not null,
    until timestamptz not null,
    primary key (account, subject)
);

-- Where a subject's story goes on after two records were found to be one person.
create table goes_on (
    subject uuid primary key,
    as_subject uuid not null
);
