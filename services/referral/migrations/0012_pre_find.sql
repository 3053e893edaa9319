-- Finding somebody by a name with a typing error: pieces of three letters.
create extension if not exists pg_trgm;
create index person_names on person using gin ((' ' || given || ' ' || family || ' ' || former || ' ') gin_trgm_ops);

-- Finding somebody by what is read out on the telephone.
create index person_born on person (born);
create index person_phone on person (phone) where phone <> '';
create index person_member on person (member) where member <> '';
create index person_mbi on person (mbi) where mbi <> '';
