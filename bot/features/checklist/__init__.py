"""The morning checklist: asked by itself, shown with evidence, worked off by people."""
