"""A stand-in for Jira, Cloud or Data Center: its REST API, signed webhooks and a plain ticket page."""
