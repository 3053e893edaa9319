"""All SQL of the kit: a file per table or act, and the database they live in."""
