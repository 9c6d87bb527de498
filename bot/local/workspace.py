"""The local workspace's front: its config, the app that is all of it, and running it on loopback."""

from bot.local.assembly import create_workspace
from bot.local.config import LocalConfig, Patience
from bot.local.serving import running, serve

__all__ = ["LocalConfig", "Patience", "create_workspace", "running", "serve"]
