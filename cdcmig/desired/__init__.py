"""Snapshot and config in, desired SQLAlchemy ``MetaData`` out; pure."""
