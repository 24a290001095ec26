"""From marks to one state for each voter and office."""
