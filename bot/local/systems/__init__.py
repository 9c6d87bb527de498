"""Example systems for the first checklist: small scripted answers, plainly marked as examples."""
