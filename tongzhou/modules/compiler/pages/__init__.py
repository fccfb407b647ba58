"""Pages of the compiler."""
