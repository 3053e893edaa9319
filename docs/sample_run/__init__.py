"""A sample run: the services' own decisions on invented patients, without servers, and the same every time."""
