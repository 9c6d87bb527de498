"""The Slack door: what comes in from people there, and what Daywatch sends back."""
