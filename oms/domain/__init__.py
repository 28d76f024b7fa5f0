"""Pure rules of orders, fills, positions and money. No Django, no clock, no I/O."""
