"""Docker Engine: containers, restarts, images and disk use on single hosts, and which containers are new."""

from bot.integrations import Category, Integration, later
from bot.integrations.docker.settings import DockerSettings

INTEGRATION = Integration(
    name="docker",
    title="Docker",
    category=Category.PLATFORM,
    settings=DockerSettings,
    connect=later(__name__, "adapter:Docker.connect"),
)
