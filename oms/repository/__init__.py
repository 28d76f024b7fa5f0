"""The only way between the working copies and the tables: loaded and saved by set."""
