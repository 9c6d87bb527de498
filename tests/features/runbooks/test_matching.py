"""Which pages fit what is firing, in which order, for which stated reason."""

from collections.abc import Sequence
from random import Random

from bot.domain.runbook import Runbook
from bot.features.runbooks.matching import AlertLike, Matcher, best_for
from tests.features.runbooks.pages import Firing, page

CRASH = Firing(
    title="Pod shop/checkout is crash looping", labels={"alertname": "KubePodCrashLooping", "severity": "warning"}
)

BY_NAME = page("by-name", 'match: [{alertname: "KubePod.*"}]', title="By name")
BY_TITLE = page("by-title", 'match: [{title: "crash.?loop"}]', title="By title")
BY_LABEL = page("by-label", "match: [{labels: {severity: warning|critical}}]", title="By label")
CHECKOUT = page("checkout", "services: [checkout]", title="For checkout")


def said(pages: Sequence[Runbook], alerts: Sequence[AlertLike], service: str | None = None) -> list[tuple[str, str]]:
    found = best_for([Matcher.of(one) for one in pages], alerts, service)
    return [(match.runbook.slug, match.reason) for match in found]


def test_the_alert_name_says_most_then_the_title_then_the_service_then_labels() -> None:
    assert said([BY_LABEL, CHECKOUT, BY_TITLE, BY_NAME], [CRASH], "checkout") == [
        ("by-name", "matches the alert name"),
        ("by-title", "matches the title"),
        ("checkout", "for checkout"),
        ("by-label", "matches the labels"),
    ]


def test_a_page_for_this_service_comes_before_a_general_one() -> None:
    own = page("own", 'services: [checkout]\nmatch: [{alertname: "KubePod.*"}]', title="Zebra")
    assert said([BY_NAME, own], [CRASH], "checkout")[0] == ("own", "matches the alert name")


def test_a_page_for_another_service_is_not_offered() -> None:
    other = page("other", 'services: [search]\nmatch: [{alertname: "KubePod.*"}]')
    assert said([other], [CRASH], "checkout") == []
    assert said([other], [Firing(labels=CRASH.labels, service="search")]) == [("other", "matches the alert name")]
    assert said([other], [CRASH]) == [("other", "matches the alert name")]  # nobody knows the service


def test_every_entry_of_a_rule_must_hold_and_any_rule_is_enough() -> None:
    both = page("both", 'match: [{alertname: "KubePod.*", labels: {severity: critical}}, {title: "never"}]')
    assert said([both], [CRASH]) == []
    critical = Firing(labels={"alertname": "KubePodCrashLooping", "severity": "critical"})
    assert said([both], [CRASH, critical]) == [("both", "matches the alert name")]
    assert said([both], [Firing(title="Never again")]) == [("both", "matches the title")]


def test_a_label_that_is_missing_fits_nothing() -> None:
    anything = page("anything", 'match: [{alertname: ".*"}, {labels: {job: ".*"}}]')
    assert said([anything], [Firing(title="from an e-mail")]) == []


def test_the_order_of_a_storm_changes_nothing() -> None:
    storm = [
        Firing(title=f"pod {n} crash loop", labels={"alertname": f"A{n % 30}", "severity": "warning"})
        for n in range(300)
    ]
    pages = [BY_TITLE, BY_LABEL, page("twin", 'match: [{title: "crash.?loop"}]', title="By another title")]
    expected = said(pages, storm)
    assert [slug for slug, _ in expected] == ["twin", "by-title", "by-label"]
    for seed in range(5):
        shuffled = list(storm)
        Random(seed).shuffle(shuffled)
        assert said(pages, shuffled) == expected


def test_nothing_fits_nothing() -> None:
    assert said([BY_NAME, BY_TITLE, CHECKOUT], [], None) == []
    assert said([], [CRASH], "checkout") == []


def test_hostile_titles_are_only_long_texts() -> None:
    hostile = Firing(title="a" * 1_000_000, labels={"alertname": "(" * 100_000})
    assert said([BY_NAME, BY_TITLE], [hostile]) == []
