"""Pure rules of the duties module: libraries, applicability, evidence, burden. No Django."""
