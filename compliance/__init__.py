"""Compliance: records that prove themselves. Listens, calls nobody."""
