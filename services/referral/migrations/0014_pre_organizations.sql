-- The name of who refers, in one form, by which it is found: without accents, as it is typed by whoever seeks it.
alter table referral add column organization_words text;
create index referral_organization_words on referral
    using gin (coalesce(organization_words, lower(organization)) gin_trgm_ops);
