"""The pages a team reads at three in the morning: found for an alert, searched by words, cut to fit Slack."""
