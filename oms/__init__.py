"""Orders: their life, the books they move, the brokers they go to."""
