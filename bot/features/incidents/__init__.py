"""Incidents: one disruption, one channel, from the first alert to the last word."""
