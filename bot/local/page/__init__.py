"""The page of the local workspace: channels, messages, modals and panels, drawn on the server for one acting person."""
