"""Backup and restore: one file that holds every row and every document, for SQLite and PostgreSQL alike.

`archive` is the file, `tables` turns rows into lines and back, `places` knows the two kinds of database, `making`
writes a backup from one snapshot, `restoring` builds a database beside the live one and puts it in place in one step.
"""
