"""From a file to ballots: vendor records, long tables, wide tables."""
