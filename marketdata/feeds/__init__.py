"""Where ticks come from: one adapter a file or package."""
