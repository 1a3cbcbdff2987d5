"""Timing for all benchmarks: the thing and its floor in turn, so that a machine's drift hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Paired(NamedTuple):
    """Median seconds of both, and the median of the ratios of each round."""

    ours: float
    floor: float
    ratio: float


def seconds(work: Callable[[], Any]) -> float:
    """Return how long ``work`` took, in wall-clock seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(ours: Callable[[], Any], floor: Callable[[], Any], rounds: int = 5) -> Paired:
    """Run both in turn, after one round that does not count."""
    seconds(ours), seconds(floor)
    pairs = [(seconds(ours), seconds(floor)) for _ in range(rounds)]
    return Paired(
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(one / other for one, other in pairs),
    )


def table(
    title: str, rows: Sequence[tuple[str, float, float]], floor: tuple[str, float], note: str = ""
) -> None:
    """Print a Markdown table of seconds and ratios, ready for the README."""
    print(f"\n**{title}**{f' ({note})' if note else ''}\n")
    print("| | seconds | ratio to the floor |\n|---|---|---|")
    for name, time_taken, ratio in rows:
        print(f"| {name} | {time_taken:.4g} | {ratio:.2f} |")
    print(f"| {floor[0]} | {floor[1]:.4g} | 1 |")
