"""Which runbooks fit what is firing, the best first, each with the reason that people read on the card."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

from bot.domain.runbook import MatchRule, Runbook, RunbookMatch
from bot.features.runbooks.pattern import Pattern, label_pattern, title_pattern

ALERTNAME: Final = "alertname"
MOST_LOOKED_AT: Final = 1000  # alerts of a storm
MOST_ALERTS: Final = 20  # kinds of alert among them; the pages that fit hardly change after the first few

# The alert's name says most, then its title, then its labels; a page for this very service beats a general one.
# More alerts of the storm fitting only decides between equals.
_NAME: Final = 1000
_TITLE: Final = 600
_LABEL: Final = 100
_SERVICE: Final = 300


class AlertLike(Protocol):
    """What matching needs to know of an alert. `service` is ours, not the vendor's; None when it is not known."""

    @property
    def title(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def service(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    name: Pattern | None
    title: Pattern | None
    labels: tuple[tuple[str, Pattern], ...]

    @classmethod
    def of(cls, rule: MatchRule) -> "_Rule":
        return cls(
            name=label_pattern(rule.alertname) if rule.alertname is not None else None,
            title=title_pattern(rule.title) if rule.title is not None else None,
            labels=tuple((name, label_pattern(source)) for name, source in sorted(rule.labels.items())),
        )

    def fits(self, alert: AlertLike) -> bool:
        return (
            _fits(self.name, alert.labels.get(ALERTNAME))
            and _fits(self.title, alert.title)
            and all(_fits(pattern, alert.labels.get(name)) for name, pattern in self.labels)
        )

    @property
    def score(self) -> int:
        return _NAME * (self.name is not None) + _TITLE * (self.title is not None) + _LABEL * len(self.labels)

    @property
    def reason(self) -> str:
        if self.name is not None:
            return "matches the alert name"
        return "matches the title" if self.title is not None else "matches the labels"


def _fits(pattern: Pattern | None, text: str | None) -> bool:
    """A label that is not there fits nothing, not even `.*`."""
    return pattern is None or (text is not None and pattern.fits(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A page ready to be held against alerts: its patterns are read once, when the page is."""

    runbook: Runbook
    _rules: tuple[_Rule, ...]

    @classmethod
    def of(cls, runbook: Runbook) -> "Matcher":
        rules = (_Rule.of(rule) for rule in runbook.match)
        return cls(runbook=runbook, _rules=tuple(sorted(rules, key=lambda rule: -rule.score)))

    def match(self, alerts: Sequence[AlertLike], service: str | None) -> RunbookMatch | None:
        """`service` is what burns; the alerts may name others. A page for other services only is not for us."""
        ours = {service, *(alert.service for alert in alerts)} - {None}
        for_us = bool(ours.intersection(self.runbook.services))
        if self.runbook.services and ours and not for_us:
            return None
        fitting = [rule for alert in alerts if (rule := self._best_rule(alert)) is not None]
        if fitting:
            best = max(fitting, key=lambda rule: rule.score)
            return self._matched(best.reason, best.score + _SERVICE * for_us + len(fitting))
        if not for_us:
            return None
        named = service if service in self.runbook.services else min(ours.intersection(self.runbook.services), key=str)
        return self._matched(f"for {named}", _SERVICE)

    def _best_rule(self, alert: AlertLike) -> _Rule | None:
        return next((rule for rule in self._rules if rule.fits(alert)), None)

    def _matched(self, reason: str, score: int) -> RunbookMatch:
        return RunbookMatch(runbook=self.runbook, reason=reason, score=score)


def best_for(matchers: Sequence[Matcher], alerts: Sequence[AlertLike], service: str | None) -> tuple[RunbookMatch, ...]:
    """Every page that fits; equals stand in the order of their titles, so that the same storm shows the same page."""
    asked = sorted({name for matcher in matchers for rule in matcher.runbook.match for name in rule.labels})
    kinds = tuple(islice(_kinds(alerts, asked), MOST_ALERTS))
    found = (matcher.match(kinds, service) for matcher in matchers)
    return tuple(sorted((match for match in found if match), key=_rank))


def _rank(match: RunbookMatch) -> tuple[int, str, str]:
    return -match.score, match.runbook.title.casefold(), match.runbook.slug


def _kinds(alerts: Sequence[AlertLike], asked: Sequence[str]) -> Iterator[AlertLike]:
    """One alert of each kind, told apart by what some rule asks about, in one order however they came in."""
    kinds = {_kind(alert, asked): alert for alert in alerts[:MOST_LOOKED_AT]}
    return (kinds[kind] for kind in sorted(kinds))


def _kind(alert: AlertLike, asked: Sequence[str]) -> tuple[str, ...]:
    labels = alert.labels
    return labels.get(ALERTNAME, ""), alert.title, alert.service or "", *(labels.get(name, "") for name in asked)
