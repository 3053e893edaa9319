"""Rules as data, in three values: what a rule set is written in, and how its files are read. It knows no rule set."""
