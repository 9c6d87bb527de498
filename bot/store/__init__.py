"""What is remembered: one file a noun, each query a named method, the same on SQLite and PostgreSQL."""
