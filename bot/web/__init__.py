"""The HTTP door: webhooks, heartbeats, health and metrics; authenticated or refused, bounded in size and time."""
