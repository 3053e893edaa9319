-- What is known of each patient's equipment, as a document.
create table equipment (
    stream text primary key,        -- patient/<id>
    doc jsonb not null
);

-- Who has or had equipment, by name, and whose loans nobody has asked to be fetched.
create table person (
    patient_id uuid primary key,
    family text not null,           -- folded
    given text not null,
    full_name text not null,
    in_care boolean not null,
    held boolean not null,          -- a death was reported
    merged_into uuid,
    not_fetched integer not null    -- in use, and nobody has asked for them
);
create index person_family on person (family text_pattern_ops, given text_pattern_ops);
create index person_merged_into on person (merged_into) where merged_into is not null;
create index person_left_behind on person (patient_id) where not in_care and not_fetched > 0;

-- Every delivered thing and where it is. One serial at two patients is a finding, and no error: there is no unique
-- index, since an event that broke it would be parked.
create table loan (
    loan_id uuid primary key,
    patient_id uuid not null,
    item_code text not null,
    supplier_id text not null,
    supplier text not null,
    serial text not null,           -- folded
    status text not null,           -- in_use, returned, lost, owned
    delivered_at timestamptz not null,
    ended_at timestamptz
);
create index loan_patient on loan (patient_id);
create index loan_account on loan (supplier_id, item_code, status);
create index loan_serial on loan (item_code, serial) where status in ('in_use', 'owned') and serial <> '';

-- What is to be done, by when.
create table duty (
    patient_id uuid not null,
    kind text not null,
    about uuid not null,
    due_on date not null,
    item_code text not null,
    supplier text not null,
    held boolean not null,
    primary key (patient_id, kind, about)
);
create index duty_due on duty (due_on, patient_id) where not held;
create index duty_kind_due on duty (kind, due_on, patient_id) where not held;

-- Which patient and order a private link is of.
create table order_link (
    link_id uuid primary key,
    patient_id uuid not null,
    order_id uuid not null
);
