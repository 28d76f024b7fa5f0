"""Plumbing that every app stands on: the database, transactions, the wire, logs."""
