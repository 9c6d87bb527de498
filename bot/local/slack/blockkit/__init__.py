"""Block Kit's rules: what Slack takes and what it refuses, with the words of its refusals."""
