"""Alerts: what a source says is kept, put in order, and routed: to an incident, to triage, or nowhere."""
