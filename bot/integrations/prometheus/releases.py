"""How the releases of hosts' systems are judged: whether somebody still mends what is found in them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.domain.check import Answer, worst
from bot.integrations.eol import SYSTEMS, Facts, Seen
from bot.integrations.foreign import shown
from bot.integrations.prometheus.hosts import Host, Key
from bot.integrations.prometheus.patches import silent


def releases(hosts: Mapping[Key, Host], facts: Facts, today: date) -> Answer:
    """A host that does not tell its system is not fine by that."""
    seen = [_seen(host) for host in hosts.values() if host.system is not None]
    untold = [host for host in hosts.values() if host.system is None]
    answer = facts.answer(seen, today, things="systems")
    quiet = silent(untold, len(hosts), "name of a system", "let the collector os run there")
    if not quiet:
        return answer
    status = worst([answer.status, *(one.status for one in quiet)])
    summary = shown(f"{'; '.join(one.title for one in quiet)}; {answer.summary}", limit=220)
    return replace(answer, status=status, summary=summary, evidence=[*answer.evidence, *quiet], reason=summary)


def _seen(host: Host) -> Seen:
    labels = host.system.metric if host.system is not None else {}
    name, version = labels.get("id", ""), labels.get("version_id", "")
    title = labels.get("pretty_name") or f"{name} {version}".strip() or "A system without a name"
    return Seen(product=SYSTEMS.get(name, name), version=version, title=title, where=host.name)
