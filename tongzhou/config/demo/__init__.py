"""A city's worth of made-up life, built by the same commands that people use.

Nothing here writes a table. The same seed and the same day give the same demonstration.
"""
