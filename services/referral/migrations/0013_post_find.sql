-- This served the search by the beginning of names.
drop index referral_names;
