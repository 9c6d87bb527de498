"""A Slack to try the bot against: one workspace with five people, its Web API, Socket Mode and signed HTTP."""
