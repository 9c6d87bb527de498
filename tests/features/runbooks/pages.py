"""Pages and alerts as the runbook tests need them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.domain.runbook import Runbook
from bot.features.runbooks.page import parse

TODAY = date(2026, 11, 22)
SHIPPED = Path(__file__).parents[3] / "runbooks"

BODY = """
## Symptoms

- Payments fail.

## First five minutes

1. Open the provider's status page.
2. Compare error rates by version.

## Diagnosis

```sh
kubectl get pods
```

## Mitigation

Roll back.

## Escalation

Page checkout.

## Verify

A payment works.
"""


def text(front: str = "", body: str = BODY, *, title: str = "Checkout errors", reviewed: str = "2026-10-12") -> str:
    return f"---\ntitle: {title}\nowner: platform\nlast_reviewed: {reviewed}\n{front}\n---\n{body}"


def page(slug: str = "checkout-errors", front: str = "", body: str = BODY, **fields: str) -> Runbook:
    return parse(Path(f"{slug}.md"), text(front, body, **fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    title: str = "something is wrong"
    labels: Mapping[str, str] = field(default_factory=dict)
    service: str | None = None
