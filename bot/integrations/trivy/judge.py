"""What a scan's facts mean in the morning, compared with yesterday's."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import ValidationError

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.report import KeptReport
from bot.integrations.foreign import shown
from bot.integrations.reports import Posted
from bot.integrations.trivy.facts import Facts, Finding, Other, SecretFound

# https://github.com/aquasecurity/trivy/security/advisories/GHSA-69fq-xp46-6x23 (CVE-2026-33634)
_COMPROMISED: Final = re.compile(r"v?0\.69\.[456](?!\d)")
_AVD: Final = re.compile(r"^AVD-")
_NUMBERED: Final = re.compile(r"^([A-Z]+(?:-[A-Z]+)*)-?0*(\d+)$")
_MOST: Final = 20
"""Findings of a kind that a scan shows one by one."""
PATCHES: Final = frozenset({"no data", "scanner", "critical", "end of life", "unknown"})
"""The kinds that say whether a critical patch waits."""


@dataclass(frozen=True, slots=True)
class Judged:
    """`kind` is what it is about, for the checks that look at some kinds only."""

    kind: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """`accepted` is what people accepted for a while; beyond `most` serious findings it warns."""

    accepted: Mapping[str, date]
    most: float

    def scan(self, posted: Posted) -> Sequence[Judged]:
        if posted.missing is not None:
            return [Judged("no data", posted.missing)]
        facts = facts_of(posted.newest)
        if facts is None:
            return [told(posted.name, "unknown", Status.UNKNOWN, "its report cannot be read (any more)")]
        if facts.failed:
            return [told(posted.name, "no data", Status.FAIL, f"no data: {facts.failed}")]
        return self.findings(posted.name, facts, facts_of(posted.earlier))

    def findings(self, name: str, facts: Facts, earlier: Facts | None) -> Sequence[Judged]:
        """All that is to be said of it; where that is nothing, that it is well."""
        before = None if earlier is None or earlier.failed else {one.key for one in earlier.fixable}
        found = [
            *_incomplete(name, facts),
            *_scanner(name, facts),
            *self._critical(name, facts, before),
            *self._secrets(name, facts),
            *_ended(name, facts),
            *self._high(name, facts, before),
            *self._others(name, facts),
            *self._total(name, facts),
        ]
        return found or [told(name, "well", Status.OK, _well(facts, self._accepted_in(facts)))]

    def _critical(self, name: str, facts: Facts, before: set[tuple[str, str, str]] | None) -> Sequence[Judged]:
        standing = [one for one in facts.fixable if one.severity == "CRITICAL" and not self.accepts(one.id)]
        found = [
            told(
                name,
                "critical",
                Status.FAIL,
                f"critical{_new(one, before)}: {one.id} in {one.package} {one.installed}, {_fix(one)}",
                key=f"{one.id} {one.package}",
                url=one.url or None,
            )
            for one in standing[:_MOST]
        ]
        rest = len(standing[_MOST:]) + facts.more.get("CRITICAL", 0)
        if rest:
            found.append(told(name, "critical", Status.FAIL, f"and {rest} more critical with a fix", key="critical"))
        return found

    def _high(self, name: str, facts: Facts, before: set[tuple[str, str, str]] | None) -> Sequence[Judged]:
        standing = [one for one in facts.fixable if one.severity == "HIGH" and not self.accepts(one.id)]
        many = len(standing) + facts.more.get("HIGH", 0)
        if not many:
            return ()
        fresh = [one for one in standing if before is not None and one.key not in before]
        first = next(iter(fresh or standing), None)
        new = f" ({len(fresh)} new)" if fresh else ""
        such = f", such as {first.id} in {first.package}" if first else ""
        url = first.url if first and first.url else None
        return [told(name, "high", Status.WARN, f"{many} high with a fix{new}{such}", url=url)]

    def _secrets(self, name: str, facts: Facts) -> Sequence[Judged]:
        """Those of one rule in one file are one line: where they stand in it changes."""
        standing: dict[tuple[str, str], list[SecretFound]] = {}
        for one in facts.secrets:
            if not self.accepts(one.rule):
                standing.setdefault((one.rule, one.where), []).append(one)
        shown_ones = [*standing.items()][:_MOST]
        found = [
            told(name, "secret", Status.FAIL, _secret(there), key=f"{rule} {where}")
            for (rule, where), there in shown_ones
        ]
        rest = sum(map(len, standing.values())) - sum(len(there) for _, there in shown_ones) + facts.more_secrets
        return [*found, told(name, "secret", Status.FAIL, f"and {rest} more secrets", key="secrets")] if rest else found

    def _others(self, name: str, facts: Facts) -> Sequence[Judged]:
        standing = [one for one in facts.others if not self.accepts(one.id)]
        many = len(standing) + facts.more_others
        if not many:
            return ()
        such = f", such as {_words(standing[0])}" if standing else ""
        detail = f"{many} critical or high misconfiguration{'' if many == 1 else 's'}{such}"
        return [told(name, "misconfigured", Status.WARN, detail)]

    def _total(self, name: str, facts: Facts) -> Sequence[Judged]:
        if facts.serious <= self.most:
            return ()
        words = f"{facts.serious} critical and high in all, with a fix and without (limit {self.most:g})"
        return [told(name, "total", Status.WARN, words)]

    def accepts(self, name: str) -> bool:
        return any(loose(name) == loose(one) for one in self.accepted)

    def _accepted_in(self, facts: Facts) -> int:
        named = [*(one.id for one in facts.fixable), *(one.id for one in facts.others)]
        return sum(self.accepts(name) for name in (*named, *(one.rule for one in facts.secrets)))


def facts_of(kept: KeptReport | None) -> Facts | None:
    """None for what an older version of ours kept in another shape, too."""
    if kept is None:
        return None
    try:
        facts = Facts.model_validate(kept.report.facts)
    except ValidationError:
        return None
    return facts if facts.failed or facts.artifact else None


def loose(name: str) -> str:
    """Checks were renamed from release to release: AVD-DS-0002, DS002 and DS-0002 are one."""
    bare = _AVD.sub("", name.upper())
    numbered = _NUMBERED.match(bare)
    return f"{numbered[1]}-{numbered[2]}" if numbered else bare


def answer(judged: Sequence[Judged], many: int, thing: str) -> Answer:
    """The worst first. `many` is how many things were looked at."""
    many = max(many, len({one.evidence.title for one in judged}))
    things = f"{many} {thing}{'' if many == 1 else 's'}"
    ordered = sorted((one.evidence for one in judged), key=lambda one: -one.status.rank)
    by_key: dict[str, Evidence] = {}
    for one in ordered:
        by_key.setdefault(one.key, one)
    evidence = [*by_key.values()]
    bad = {one.title for one in evidence if one.status is not Status.OK}
    if not bad:
        words = f"{things}: all well"
        return Answer(status=worst(one.status for one in evidence), summary=words, evidence=evidence)
    first = evidence[0]
    summary = shown(f"{len(bad)} of {things} to look at: {first.title}: {first.detail}", limit=200)
    status = worst(one.status for one in evidence)
    reason = first.detail if status is Status.UNKNOWN else None
    return Answer(status=status, summary=summary, evidence=evidence, reason=reason)


def only(judged: Sequence[Judged], kinds: frozenset[str], well: Callable[[str], str]) -> Sequence[Judged]:
    """What is of some kinds; a thing of which nothing is left is well in that respect."""
    kept = [one for one in judged if one.kind in kinds]
    named = {one.evidence.title for one in kept}
    others = (one.evidence.title for one in judged if one.kind != "configuration")
    rest = [title for title in dict.fromkeys(others) if title not in named]
    return [*kept, *(told(name, "well", Status.OK, well(name)) for name in rest)]


def _incomplete(name: str, facts: Facts) -> Sequence[Judged]:
    found = []
    many = len(facts.unscanned) + facts.more_unscanned
    if many:
        words = f"no data: {many} could not be scanned, such as {facts.unscanned[0] if facts.unscanned else 'others'}"
        found.append(told(name, "no data", Status.FAIL, words, key="unscanned"))
    if facts.strange:
        words = f"findings of a severity that is not known here: {', '.join(facts.strange[:3])}"
        found.append(told(name, "unknown", Status.UNKNOWN, words))
    return found


def _scanner(name: str, facts: Facts) -> Sequence[Judged]:
    if not _COMPROMISED.match(facts.scanner.strip()):
        return ()
    words = f"Trivy {facts.scanner} was compromised (CVE-2026-33634): rotate the secrets of the CI that ran it"
    url = "https://github.com/aquasecurity/trivy/security/advisories/GHSA-69fq-xp46-6x23"
    return [told(name, "scanner", Status.FAIL, words, url=url)]


def _ended(name: str, facts: Facts) -> Sequence[Judged]:
    if not facts.system_ended:
        return ()
    words = f"{facts.system or 'its operating system'} is at its end of life: no more fixes come"
    return [told(name, "end of life", Status.FAIL, words)]


def told(
    name: str, kind: str, status: Status, detail: str, *, key: str | None = None, url: str | None = None
) -> Judged:
    about = shown(f"{name[:80]}: {key or kind}", limit=190)
    return Judged(kind, Evidence(key=about, title=shown(name), status=status, detail=shown(detail), url=url))


def _new(one: Finding, before: set[tuple[str, str, str]] | None) -> str:
    return " (new)" if before is not None and one.key not in before else ""


def _fix(one: Finding) -> str:
    return f"fixed in {one.fixed}" if one.fixed else "a fix is there"


def _secret(there: Sequence[SecretFound]) -> str:
    first, others = there[0], len(there) - 1
    line = f", line {first.line}" if first.line else ""
    more = f", and {others} more there" if others else ""
    return (
        f"a secret: {first.title or first.rule or 'of a kind without a name'} in {first.where or 'no file'}{line}{more}"
    )


def _words(one: Other) -> str:
    return f"{one.id} {one.title}".strip() + (f" in {one.where}" if one.where else "")


def _well(facts: Facts, accepted: int) -> str:
    unfixed = sum(facts.unfixed.values())
    parts = [
        "nothing critical or high with a fix",
        f"{unfixed} without a fix" if unfixed else "",
        f"{facts.lesser} lesser" if facts.lesser else "",
        f"{accepted} accepted for now" if accepted else "",
        f"{facts.hidden} hidden by an ignore file or VEX" if facts.hidden else "",
    ]
    return ", ".join(filter(None, parts))
