"""Everything for a run on this machine alone: embedded servers, supervision and the simulated clinic."""
