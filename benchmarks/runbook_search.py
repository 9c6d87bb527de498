"""How long a runbook search takes with 2,000 and with 10,000 pages; exit 1 when one is over its limit."""

import random
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from bot.domain.runbook import MatchRule, Runbook
from bot.features.runbooks.search import Index

TODAY = date(2026, 11, 22)
LIMITS = {2_000: 20.0, 10_000: 50.0}  # milliseconds, of the slowest search but one in a hundred
SEARCHES = 1_000

# Words that stand in nearly every page come first: they are what makes a search expensive.
COMMON = [
    *("pod", "node", "check", "logs", "kubectl", "get", "describe", "restart", "alert", "error", "service", "latency"),
    *("disk", "deploy", "rollback", "cluster", "queue", "database", "certificate", "backup", "dns", "traffic"),
    *("memory", "cpu", "namespace", "container", "dashboard", "metric", "threshold", "owner", "escalate"),
]
SYLLABLES = (
    "ba",
    "co",
    "di",
    "fu",
    "ga",
    "ke",
    "lo",
    "mi",
    "nu",
    "po",
    "ra",
    "se",
    "ti",
    "vo",
    "xu",
    "bre",
    "cli",
    "gri",
)
KINDS = ("is slow", "does not start", "is full", "fails", "loses messages", "answers with 5xx", "runs late", "is down")


def words(chance: random.Random, count: int) -> list[str]:
    made = {"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(count)}
    return COMMON + sorted(made)


def pages(count: int, chance: random.Random, known: list[str]) -> Iterator[Runbook]:
    likely = [1 / (rank + 3) for rank in range(len(known))]  # as in any language, a few words do most of the work
    for number in range(count):
        name = chance.choice(known[len(COMMON) :])
        said = chance.choices(known, likely, k=500)  # about 3.5 kB, as the pages we ship
        lines = [" ".join(said[at : at + 12]) for at in range(0, len(said), 12)]
        body = "\n".join(("## Symptoms", "", *lines[:3], "", "## First five minutes", "", *lines[3:], ""))
        yield Runbook(
            slug=f"{name}-{number}",
            title=f"{name.capitalize()} {said[0]} {chance.choice(KINDS)}",
            services=(name,),
            match=(MatchRule(alertname=f"{name.capitalize()}{said[1].capitalize()}.*"),),
            owner="platform",
            last_reviewed=TODAY - timedelta(days=chance.randint(0, 700)),
            severity=None,
            body=body,
            steps=(),
            path=Path(f"{name}-{number}.md"),
        )


def queries(chance: random.Random, known: list[str]) -> Iterator[str]:
    likely = [1 / (rank + 3) for rank in range(len(known))]
    while True:
        asked = chance.choices(known, likely, k=chance.randint(1, 4))
        match chance.randrange(6):
            case 0:  # a wrong letter
                word = chance.choice(known)
                at = chance.randrange(len(word))
                asked.append(word[:at] + "q" + word[at + 1 :])
            case 1:  # half a word
                asked.append(chance.choice(known)[:3])
            case 2:  # found nowhere
                asked = ["".join(chance.choices("qwxyz", k=12))]
            case 3:  # the most expensive: words that stand everywhere
                asked = chance.sample(COMMON, k=6)
            case _:
                pass
        yield " ".join(asked)


def measure(count: int) -> bool:
    chance = random.Random(count)
    known = words(chance, 6_000)
    began = time.perf_counter()
    index = Index(list(pages(count, chance, known)))
    built = time.perf_counter() - began
    took: list[float] = []
    found = 0
    for query, _ in zip(queries(chance, known), range(SEARCHES), strict=False):
        began = time.perf_counter()
        answer = index.search(query, TODAY)
        took.append((time.perf_counter() - began) * 1000)
        found += bool(answer.hits)
    index.close()
    took.sort()
    p99, limit = took[int(SEARCHES * 0.99)], LIMITS[count]
    verdict = "within" if p99 < limit else "OVER"
    print(
        f"{count:>6} pages: p99 {p99:5.1f} ms, {verdict} the limit of {limit:.0f} ms (p50 {median(took):.1f} ms, ",
        end="",
    )
    print(f"worst {took[-1]:.1f} ms; {found} of {SEARCHES} found something; index built in {built:.1f} s)")
    return p99 < limit


if __name__ == "__main__":
    within = [measure(count) for count in LIMITS]
    sys.exit(0 if all(within) else 1)
