"""What a match pattern is made of: what trying each piece can cost, and example texts that it fits."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Final, Protocol

CEILING: Final = 10**10  # sums stop growing here, so that counting is itself cheap
SAMPLES: Final = 65  # examples taken of any piece


@dataclass(frozen=True, slots=True)
class Cost:
    ways: int
    steps: int


class Piece(Protocol):
    def cost(self) -> Cost: ...
    def samples(self) -> Iterator[str]: ...

    @property
    def exhaustive(self) -> bool:
        """Whether the samples are all the texts there are, as long as there are fewer than `SAMPLES`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Char:
    """One character: a letter, or any of a class. `sample` is empty when no character we know of fits."""

    sample: str
    literal: bool = False

    def cost(self) -> Cost:
        return Cost(1, 1)

    def samples(self) -> Iterator[str]:
        if self.sample:
            yield self.sample

    @property
    def exhaustive(self) -> bool:
        return self.literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An edge of the text or of a word: a place, not a character."""

    def cost(self) -> Cost:
        return Cost(1, 1)

    def samples(self) -> Iterator[str]:
        yield ""

    @property
    def exhaustive(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    pieces: tuple[Piece, ...]

    def cost(self) -> Cost:
        ways, steps = 1, 1
        for piece in self.pieces:
            cost = piece.cost()
            steps = min(steps + ways * cost.steps, CEILING)
            ways = min(ways * cost.ways, CEILING)
        return Cost(ways, steps)

    def samples(self) -> Iterator[str]:
        for parts in product(*(tuple(islice(piece.samples(), SAMPLES)) for piece in self.pieces)):
            yield "".join(parts)

    @property
    def exhaustive(self) -> bool:
        return all(piece.exhaustive for piece in self.pieces)

    def plain(self) -> str | None:
        """The text itself when there is nothing but ASCII letters in it (others have surprising cases)."""
        text = "".join(piece.sample for piece in self.pieces if isinstance(piece, Char) and piece.literal)
        return text.lower() if len(text) == len(self.pieces) and text.isascii() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    branches: tuple[Row, ...]

    def cost(self) -> Cost:
        costs = [branch.cost() for branch in self.branches]
        steps = min(sum(cost.steps for cost in costs) + 1, CEILING)
        return Cost(1 if self._at_most_one_fits() else min(sum(cost.ways for cost in costs), CEILING), steps)

    def _at_most_one_fits(self) -> bool:
        texts = [branch.plain() for branch in self.branches]
        known = [text for text in texts if text]
        return len(known) == len(texts) and not any(
            one.startswith(other) for i, one in enumerate(known) for j, other in enumerate(known) if i != j
        )

    def samples(self) -> Iterator[str]:
        for branch in self.branches:
            yield from islice(branch.samples(), SAMPLES)

    @property
    def exhaustive(self) -> bool:
        return all(branch.exhaustive for branch in self.branches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    piece: Piece
    least: int
    most: int

    def cost(self) -> Cost:
        once = self.piece.cost()
        ways, steps, paths = 0, 1, 1
        for times in range(self.most + 1):
            if times >= self.least:
                ways = min(ways + paths, CEILING)
            steps = min(steps + paths * once.steps, CEILING)
            paths = min(paths * once.ways, CEILING)
        return Cost(ways, steps)

    def samples(self) -> Iterator[str]:
        for text in islice(self.piece.samples(), SAMPLES):
            yield text * self.least
            if self.most > self.least:
                yield text * (self.least + 1)
        if self.least == 0:
            yield ""

    @property
    def exhaustive(self) -> bool:
        return self.piece.exhaustive and (self.least, self.most) == (0, 1)
