"""Personal data: the register, encrypted fields and their keys, reads, purges, requests."""
