"""Durable state: one SQLite database and a folder of blobs. The only package that imports ``sqlite3``."""
