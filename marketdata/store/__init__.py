"""Where market data rests: newest values in memory, instruments and bars in PostgreSQL."""
