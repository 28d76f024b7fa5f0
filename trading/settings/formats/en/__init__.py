"""The only language there is."""
