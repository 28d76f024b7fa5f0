"""How Django writes dates and times, whatever the language: see ``en/formats.py``."""
