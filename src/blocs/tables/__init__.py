"""Tables of any kind as relations.

- `table_files`, `csv_header`, `paths`: CSV and Parquet files and folders, read by the database.
- `csv_blocks`, `row_numbers`, `csv_cells`: CSV files that keep to the rules, read in one pass without it.
- `relations`: the database, and tables in memory.
- `column_roles`: which column of a long table plays which role, and names that no column of the user may have.
- `survey_table`, `missing_words`: a plain table of answers, and which of its cells are missing.
- `unrecognised`, `database_errors`: the faults of a file that is no table, or a damaged one.
"""
