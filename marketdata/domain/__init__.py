"""What decides about ticks and bars. Pure."""
