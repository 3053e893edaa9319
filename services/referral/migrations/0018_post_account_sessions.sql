-- Sessions are the kit's now, for everybody who signs in.
drop table if exists account_session;
