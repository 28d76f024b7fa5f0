"""Who is asking: users, roles and API keys."""
