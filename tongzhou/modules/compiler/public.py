"""What other modules may use of the compiler."""
