"""Tables of any kind as relations: which file, which columns, what a missing cell looks like."""
