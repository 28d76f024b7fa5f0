"""The arithmetic that checks share. Pure."""
