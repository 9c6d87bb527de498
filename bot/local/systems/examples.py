"""What the example systems say, as data: one warning that fires, one dead target, one rollout that hangs on it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert that is there since so many minutes."""

    labels: dict[str, str]
    summary: str
    minutes: int
    value: str = "1e+00"
    state: str = "firing"
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    group: str
    name: str
    query: str
    state: str | None  # None: a recording rule
    labels: dict[str, str]
    summary: str = ""
    duration: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    job: str
    instance: str
    health: str = "up"
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Something that the example Argo CD deploys again and again."""

    name: str
    workloads: str
    """The namespace of what it deploys."""
    chart: str
    version: tuple[int, int, int]
    before: timedelta
    """How long before the first start its newest sync was."""
    every: timedelta
    by: tuple[str | None, ...]
    """Who, in turn; None is Argo CD itself."""
    trouble: str = ""
    """What its rollout waits for ever since."""


SLOW_SEARCH: Final = Alert(
    labels={
        "alertname": "ExampleSearchSlow",
        "job": "example-search",
        "instance": "search-1.example:9100",
        "severity": "warning",
    },
    summary="Example: 1.4 s",
    minutes=47,
    value="1.4e+00",
    fingerprint="6b1f0c3a5d2e4f70",
)
NOISY_PROBE: Final = Alert(
    labels={
        "alertname": "ExampleNoisyProbe",
        "job": "example-probe",
        "instance": "probe-1.example:9115",
        "severity": "warning",
    },
    summary="Example: the probe fails now and then",
    minutes=190,
    fingerprint="0a9d8c7b6e5f4321",
)
PROMETHEUS_ALERTS: Final = (SLOW_SEARCH,)
ALERTMANAGER_ALERTS: Final = (SLOW_SEARCH, NOISY_PROBE)

RULES: Final = (
    Rule(
        group="example-search",
        name="ExampleSearchSlow",
        query='histogram_quantile(0.95, job:example_search_seconds:rate5m{job="example-search"}) > 1',
        state="firing",
        labels={"severity": "warning"},
        summary="Example: {{ $value }} s",
    ),
    Rule(
        group="example-search",
        name="job:example_search_seconds:rate5m",
        query="sum by (job, le) (rate(example_search_seconds_bucket[5m]))",
        state=None,
        labels={},
    ),
    Rule(
        group="example-checkout",
        name="ExampleCheckoutErrors",
        query="sum(rate(example_checkout_errors_total[5m])) / sum(rate(example_checkout_total[5m])) > 0.02",
        state="inactive",
        labels={"severity": "critical"},
        summary="Example: {{ $value | humanizePercentage }} of orders fail",
    ),
    Rule(
        group="example-hosts",
        name="ExampleDiskAlmostFull",
        query="example_disk_used_ratio > 0.9",
        state="inactive",
        labels={"severity": "critical"},
        summary="Example: a disk of {{ $labels.instance }} is almost full",
        duration=900,
    ),
)

TARGETS: Final = (
    Target(job="example-checkout", instance="checkout-1.example:9100"),
    Target(job="example-checkout", instance="checkout-2.example:9100"),
    Target(job="example-search", instance="search-1.example:9100"),
    Target(
        job="example-search",
        instance="search-2.example:9100",
        health="down",
        trouble='Get "http://search-2.example:9100/metrics": dial tcp: connect: connection refused',
    ),
    Target(job="example-hosts", instance="db-1.example:9100"),
)

# Expressions that have an answer: (labels, value) for each series.
SAMPLES: Final[dict[str, tuple[tuple[dict[str, str], str], ...]]] = {
    "up": tuple(
        ({"__name__": "up", "job": one.job, "instance": one.instance}, "1" if one.health == "up" else "0")
        for one in TARGETS
    ),
    "up == 0": tuple(
        ({"__name__": "up", "job": one.job, "instance": one.instance}, "0") for one in TARGETS if one.health == "down"
    ),
    "example_disk_used_ratio": (
        ({"__name__": "example_disk_used_ratio", "instance": "db-1.example:9100", "mountpoint": "/var"}, "0.81"),
    ),
    "example_disk_used_ratio > 0.9": (),
    "example_slo_availability_ratio": (({"slo": "example-checkout"}, "0.9993"), ({"slo": "example-search"}, "0.9941")),
}

CHECKOUT: Final = Application(
    name="example-checkout",
    workloads="checkout",
    chart="checkout",
    version=(2, 14, 1),
    before=timedelta(minutes=13),
    every=timedelta(hours=1),
    by=("Kim", None, "Bob"),
)
APPLICATIONS: Final = (
    CHECKOUT,
    Application(
        name="example-search",
        workloads="search",
        chart="search",
        version=(5, 12, 0),
        before=timedelta(minutes=51),
        every=timedelta(hours=4),
        by=(None,),
        trouble="1 of 2 updated replicas are available",  # the other is the dead target
    ),
    Application(
        name="example-gateway",
        workloads="edge",
        chart="gateway",
        version=(1, 18, 3),
        before=timedelta(minutes=140),
        every=timedelta(hours=6),
        by=("Bob", "Kim"),
    ),
)
