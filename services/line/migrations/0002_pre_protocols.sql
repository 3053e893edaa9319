-- The text of each protocol that a call began with: a call goes on with it, and what was asked can be read for ever.
create table protocol_text (
    digest text primary key,        -- of the text; a text that changes is another row
    id text not null,
    version integer not null,
    doc text not null               -- as it was hashed, to the byte
);
