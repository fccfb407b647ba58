"""Who owes what under which clause, when it is due, and what became of it."""
