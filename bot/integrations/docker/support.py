"""Whether an engine, the system it runs on and the images of known products are still supported."""

from collections.abc import Sequence
from datetime import date

from bot.domain.check import Answer
from bot.integrations.docker.client import Container
from bot.integrations.docker.shapes import Info
from bot.integrations.eol import Facts, Seen, images, short, system_of
from bot.integrations.foreign import shown


def support(found: Info, running: Sequence[Container], facts: Facts, today: date) -> Answer:
    engine = short(found.server_version)
    here = shown(found.name, limit=40) or "here"
    seen = [Seen(product="docker-engine", version=engine, title=f"Docker Engine {engine or 'unknown'}", where=here)]
    system = system_of(found.operating_system)
    if system is not None:
        seen.append(Seen(product=system[0], version=system[1], title=found.operating_system, where=here))
    seen += images([(one.listed.image, one.listed.name) for one in running], facts, today)
    return facts.answer(seen, today, things="engine, system and images")
