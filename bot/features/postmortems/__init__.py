"""The blameless review of an incident: asked for, written in four pages, filed as a ticket with its action items."""
