"""Work that survives a restart: flows, their steps, and what becomes of them when a system outside says no."""
