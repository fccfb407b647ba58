"""Attacks on the running product, by somebody who wrote none of it."""
