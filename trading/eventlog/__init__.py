"""The append-only record of every fact: the outbox and the audit trail at once."""
