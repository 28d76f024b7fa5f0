"""What changes market data's tables, one use case a file."""
