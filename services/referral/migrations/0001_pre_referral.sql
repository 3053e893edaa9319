-- Every patient's referrals as one document: what decisions are made on.
create table intake (
    stream text primary key,
    doc jsonb not null
);

-- A row per referral, for the worklist and for finding a referral's patient.
create table referral (
    referral_id uuid primary key,
    stream text not null references intake (stream),
    patient_id uuid not null,
    reference text not null,
    status text not null,
    urgent boolean not null,
    eligible boolean not null,
    suggested_decline_reason text,
    decline_reason text,
    patient_name text not null,
    birth_date date not null,
    organization text not null,
    conditions text[] not null,
    received_at timestamptz not null,
    decided_at timestamptz
);
create index referral_oldest on referral (status, received_at, referral_id);
create index referral_worklist on referral (status, urgent desc, received_at, referral_id);
create index referral_decided on referral (status, decided_at desc, referral_id);
create index referral_received on referral (received_at desc, referral_id);
create index referral_reference on referral (reference);
create index referral_same_person on referral (birth_date, lower(patient_name));
