"""A stand-in for PagerDuty: its REST API, its Events API and its signed V3 webhooks, for the local workspace."""
