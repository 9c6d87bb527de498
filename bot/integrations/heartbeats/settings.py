"""Heartbeats have no variables: the jobs stand under `heartbeats:` in the YAML file, with the names of their tokens."""

from bot.integrations.settings import SystemSettings


class HeartbeatsSettings(SystemSettings):
    pass
