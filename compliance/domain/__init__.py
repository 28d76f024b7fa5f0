"""What compliance decides by looking at values. Pure."""
