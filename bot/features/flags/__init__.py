"""Feature flags: what is on in production, what a kill switch holds off, and how one flag stands. Only looked at."""
