-- Letters to suppliers of equipment: a document per patient, and a row per letter; tries in vain are counted in `attempt`.
create table supplier_letters (
    stream text primary key,
    doc jsonb not null
);
create table supplier_letter (
    notification_id uuid primary key,
    stream text not null,
    status text not null,
    requested_at timestamptz not null,
    doc jsonb not null,
    queued_at timestamptz not null default clock_timestamp()
);
create index supplier_letter_queued on supplier_letter (queued_at) where status = 'queued';
