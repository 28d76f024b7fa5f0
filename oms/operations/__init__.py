"""One use case a file: what changes the books."""
