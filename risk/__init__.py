"""May this order go? A rulebook that is told everything and fetches nothing."""
