"""The paper market: fills our orders against the market everybody sees."""
