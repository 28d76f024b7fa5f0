"""The words every app shares: FIX, money, quantities, time, ids, errors. Pure."""
