"""What is read to `Ballots`: long and wide tables, and the records of vendors' files.

- `long`, `long_marks`, `long_votes`, `long_catalogue`, `joined_counties`: one row for each mark.
- `wide`, `code_words`, `voter_counts`: one row for each voter, or for each pattern with a number of voters.
- `load_records`, `infer_undervotes`: the stream of a vendor's reader, into the database.
"""
