"""Benchmarks beside their limits. They measure and print; the tests never look at a clock."""
