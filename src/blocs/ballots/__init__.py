"""Files to coded ballots: readers (one format a file), the long form they share, the coding rules, the account."""
