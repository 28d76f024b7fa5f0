"""The roof and the foundation of the platform."""
