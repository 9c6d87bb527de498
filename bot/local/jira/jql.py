"""The part of JQL that the stand-in speaks; what it does not speak it refuses, as Jira words a bad query."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.local.jira.errors import JiraRefusal
from bot.local.jira.issue import Issue
from bot.local.jira.jql_terms import (
    ALIASES,
    CHOICES,
    DATES,
    Surroundings,
    Test,
    bad_query,
    choice,
    compare_dates,
    moment_of,
    searched,
    sort_key,
    unsupported,
    values_of,
)

LONGEST: Final = 10_000
_DEEPEST: Final = 20
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign><=|>=|!=|!~|[=<>~(),])|(?P<word>[^\s"'=<>~(),!]+))"""
)
_OPERATORS: Final = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that was understood. `bounded`: it has some restriction."""

    test: Test
    bounded: bool
    order: tuple[tuple[str, bool], ...]  # field, descending

    def run(self, issues: Sequence[Issue]) -> list[Issue]:
        found = sorted((one for one in issues if self.test(one)), key=lambda one: int(one.id), reverse=True)
        for name, descending in reversed(self.order):
            found.sort(key=partial(sort_key, name), reverse=descending)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    text: str
    quoted: bool = False

    def is_word(self, *words: str) -> bool:
        return not self.quoted and self.text.upper() in words


def parse(text: str, around: Surroundings) -> Query:
    if len(text) > LONGEST:
        raise bad_query("The query is too long.")
    return _Parser(tuple(_tokens(text)), around).query()


def _syntax(message: str) -> JiraRefusal:
    return bad_query(f"Error in the JQL Query: {message}")


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _syntax(f"The character '{text[at:].strip()[:1]}' is not expected here (line 1, character {at + 1}).")
        at = match.end()
        quoted = match["quoted"]
        if quoted:
            yield Token(text=re.sub(r"\\(.)", r"\1", quoted[1:-1]), quoted=True)
        else:
            yield Token(text=match["sign"] or match["word"])


@dataclass(slots=True)
class _Parser:
    tokens: tuple[Token, ...]
    around: Surroundings
    at: int = 0
    depth: int = 0

    def query(self) -> Query:
        restricted = self.tokens and not self.tokens[0].is_word("ORDER")
        test: Test = self._any() if restricted else _everything
        order = self._order()
        if self.at < len(self.tokens):
            raise _syntax(f"Expecting either 'OR' or 'AND' but got '{self.tokens[self.at].text}'.")
        return Query(test=test, bounded=bool(restricted), order=order)

    def _any(self) -> Test:
        tests = [self._every()]
        while self._eat("OR"):
            tests.append(self._every())
        return tests[0] if len(tests) == 1 else lambda issue: any(test(issue) for test in tests)

    def _every(self) -> Test:
        tests = [self._one()]
        while self._eat("AND"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda issue: all(test(issue) for test in tests)

    def _one(self) -> Test:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _syntax("The query is nested too deeply.")
        if self._eat("NOT"):
            test = _negated(self._one(), no=True)
        elif self._eat("("):
            test = self._any()
            self._expect(")")
        else:
            test = self._clause()
        self.depth -= 1
        return test

    def _clause(self) -> Test:
        name = self._take("a field name")
        known = ALIASES.get(name.text.lower(), name.text.lower())
        if known not in (*DATES, *CHOICES, "summary"):
            raise bad_query(f"Field '{name.text}' does not exist or you do not have permission to view it.")
        operator = self._operator()
        if operator in {"is", "is not"}:
            if not (self._eat("EMPTY") or self._eat("NULL")):
                raise _syntax(f"Expecting 'EMPTY' or 'NULL' after '{operator.upper()}'.")
            return _negated(lambda issue: not values_of(issue, known), no=operator == "is not")
        values = self._list() if operator in {"in", "not in"} else [self._value()]
        return self._comparison(name.text, known, operator, values)

    def _comparison(self, name: str, known: str, operator: str, values: list[Token]) -> Test:
        if known in DATES:
            if operator not in {"=", "!=", "<", "<=", ">", ">="}:
                raise unsupported(operator, name)
            return compare_dates(known, operator, moment_of(values[0].text, known, self.around.now))
        if known == "summary":
            if operator not in {"~", "!~"}:
                raise unsupported(operator, name)
            words = values[0].text.lower().strip("*").split()
            return _negated(lambda issue: all(word in searched(issue, name) for word in words), no=operator == "!~")
        if operator not in {"=", "!=", "in", "not in"}:
            raise unsupported(operator, name)
        wanted = {choice(self.around, name, known, value.text) for value in values}
        return _negated(lambda issue: bool(wanted & values_of(issue, known)), no=operator in {"!=", "not in"})

    def _operator(self) -> str:
        token = self._take("an operator")
        if token.is_word("NOT"):
            if not self._eat("IN"):
                raise _syntax("Expecting 'IN' after 'NOT'.")
            return "not in"
        if token.is_word("IS"):
            return "is not" if self._eat("NOT") else "is"
        if token.is_word("IN"):
            return "in"
        if token.quoted or token.text not in {"=", "!=", "<", "<=", ">", ">=", "~", "!~"}:
            raise _syntax(f"Expecting operator but got '{token.text}'. The valid operators are {_OPERATORS}.")
        return token.text

    def _list(self) -> list[Token]:
        self._expect("(")
        values = [self._value()]
        while self._eat(","):
            values.append(self._value())
        self._expect(")")
        return values

    def _value(self) -> Token:
        token = self._take("a value")
        if not token.quoted and token.text in {"(", ")", ",", "=", "<", ">", "~"}:
            raise _syntax(f"Expecting either a value, list or function but got '{token.text}'.")
        if not token.quoted and self._eat("("):
            self._expect(")")
            return Token(text=f"{token.text}()")
        return token

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._eat("ORDER"):
            return ()
        self._expect("BY")
        order = [self._order_field()]
        while self._eat(","):
            order.append(self._order_field())
        return tuple(order)

    def _order_field(self) -> tuple[str, bool]:
        name = self._take("a field name")
        known = ALIASES.get(name.text.lower(), name.text.lower())
        if known not in (*DATES, "key", "status", "priority", "summary", "assignee", "issuetype"):
            raise bad_query(f"Not able to sort using field '{name.text}'.")
        descending = self._eat("DESC")
        if not descending:
            self._eat("ASC")
        return known, descending

    def _eat(self, word: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at].is_word(word):
            self.at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._eat(word):
            got = f"'{self.tokens[self.at].text}'" if self.at < len(self.tokens) else "the end of the query"
            raise _syntax(f"Expecting '{word}' but got {got}.")

    def _take(self, what: str) -> Token:
        if self.at >= len(self.tokens):
            raise _syntax(f"Expecting {what} before the end of the query.")
        self.at += 1
        return self.tokens[self.at - 1]


def _everything(_issue: Issue) -> bool:
    return True


def _negated(test: Test, *, no: bool) -> Test:
    return (lambda issue: not test(issue)) if no else test
