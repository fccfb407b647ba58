"""Pure rules of the compiler."""
