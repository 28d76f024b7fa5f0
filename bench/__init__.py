"""Measurements of the product, on the product's own code paths."""
