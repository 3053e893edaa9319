-- Who is named in an emergency is found at once, by the date of birth and then the name.
create index care_birth_date on care ((doc #>> '{patient,birth_date}'));
