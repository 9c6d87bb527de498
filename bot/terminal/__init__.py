"""The commands of `daywatch` that answer on a terminal; each imports what it needs when it runs."""
