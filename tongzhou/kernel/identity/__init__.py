"""People: how they come, sign in, stand in for each other and leave."""
