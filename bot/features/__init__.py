"""What Daywatch does for a team: one folder a promise. Features never import each other; they hear news instead."""
