"""Bytes on disk, whatever they mean.

- `atomic`: files that must exist, and files that are written whole or not at all.
- `text`: lines and CSV rows, in any encoding, compressed by gzip or not.
- `archive`: the files of a folder or a zip, with limits against hostile archives.
- `spreadsheet`: rows of a CSV file or a workbook.
- `json_objects`, `xml_elements`: long documents piece by piece, in bounded memory.
"""
