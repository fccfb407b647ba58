"""Pages about people, links and ways of signing in."""
