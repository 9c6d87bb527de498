"""The kinds that are looked at, under the names of their addresses."""

from typing import Final

from bot.integrations.cluster_shapes import Kind

NODES: Final = Kind("", "v1", "Node", "nodes", namespaced=False)
