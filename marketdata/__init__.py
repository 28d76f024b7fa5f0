"""Market data: instruments, quotes, trades and bars, from a feed to whoever asks."""
