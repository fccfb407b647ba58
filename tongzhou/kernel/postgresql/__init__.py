"""PostgreSQL as Django speaks to it here: every statement says whose rows it may see."""
