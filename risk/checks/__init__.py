"""One check a file; pipeline.py holds their order. Pure."""
