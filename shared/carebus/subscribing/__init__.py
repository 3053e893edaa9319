"""From a batch of records to committed effects: what is repeated, missing, failing, parked and tried again."""
