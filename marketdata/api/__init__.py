"""Market data over REST, in the Alpaca wire format."""
