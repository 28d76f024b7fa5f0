"""The staff's site: its home, who is who on it, and what its forms ask."""
