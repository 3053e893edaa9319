-- What referrers of a patient were told, as one document: what decisions are made on.
create table feedback (
    stream text primary key,
    doc jsonb not null
);

-- Who refers. Names that are typed differently may be one organization.
create table organization (
    organization_id uuid primary key,
    name text not null
);
create table organization_name (
    name_key text primary key,
    organization_id uuid not null references organization (organization_id)
);
create index organization_names on organization_name (organization_id);

-- Whose account may see an organization's referrals: everyone with a verified address of a domain, or single addresses.
create table organization_domain (
    domain text primary key,
    organization_id uuid not null references organization (organization_id)
);
create table organization_member (
    email text primary key,
    organization_id uuid not null references organization (organization_id)
);
create table account_session (
    session_hash bytea primary key,
    organization_id uuid not null references organization (organization_id),
    email text not null,
    expires_at timestamptz not null
);
create index account_session_expires on account_session (expires_at);

-- A row per referral as its referrer follows it.
create table followed (
    referral_id uuid primary key,
    stream text not null,
    name_key text not null,
    status text not null,
    received_at timestamptz not null,
    changed_at timestamptz not null,
    closed_at timestamptz,
    link_id uuid unique,
    link_issued_at timestamptz,
    revoked boolean not null default false
);
create index followed_organization on followed (name_key, received_at desc, referral_id);
create index followed_received on followed (received_at);

-- How often a wrong date of birth was typed on a link's page: written at once, beside every decision.
create table status_attempt (
    link_id uuid primary key,
    failed integer not null
);

-- Where an organization's systems want to be called. The secret is derived, never stored.
create table webhook (
    endpoint_id uuid primary key,
    organization_id uuid not null references organization (organization_id),
    url text not null,
    secret_version integer not null default 1,
    registered_at timestamptz not null,
    active boolean not null default true,
    disabled_because text,
    disabled_at timestamptz,
    failures integer not null default 0,
    failing_since timestamptz,
    delivered_at timestamptz,
    numbered bigint not null default 0
);
create index webhook_organization on webhook (organization_id);

-- One call of a webhook; `queued_at`, `next_try_at` and `settled_at` are real time, `changed_at` is the clinic's.
create table delivery (
    update_id uuid not null,
    endpoint_id uuid not null references webhook (endpoint_id) on delete cascade,
    referral_id uuid not null,
    changed_at timestamptz not null,
    number bigint,
    attempts integer not null default 0,
    outcome text,
    queued_at timestamptz not null default clock_timestamp(),
    next_try_at timestamptz not null default clock_timestamp(),
    settled_at timestamptz,
    primary key (update_id, endpoint_id)
);
create index delivery_due on delivery (endpoint_id, next_try_at) where settled_at is null;
create index delivery_endpoint on delivery (endpoint_id, queued_at desc);
create index delivery_referral on delivery (referral_id, queued_at desc);
