"""The nouns and rules of an on-call team, knowing neither Slack nor HTTP nor a database."""
