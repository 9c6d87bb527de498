"""Heartbeats ask nobody: scripts report to us. There is nothing to play but the settings."""

from bot.integrations.heartbeats.settings import HeartbeatsSettings
from tests.integrations.contract.script import Script

SCRIPT = Script(settings=lambda _address: HeartbeatsSettings())
