"""Work on several databases at once, bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from cdcmig.errors import CdcmigError

Item = TypeVar("Item")
Result = TypeVar("Result")

Progress = Callable[[str], None]
"""Called with a short description of each finished item."""


def silent(_what: str) -> None:
    """Report no progress."""


def each(
    items: Iterable[Item],
    work: Callable[[Item], Result],
    jobs: int,
    progress: Progress,
    label: Callable[[Item], str] = str,
) -> list[Result | CdcmigError]:
    """Run ``work`` on every item, at most ``jobs`` at a time; return results or errors in the items' order.

    ``progress`` is called with ``3 of 26: Avansas (prod)`` after each item. Errors of this project are results, so
    that one unreachable database does not hide the others; any other exception is raised.
    """
    todo = list(items)
    results: dict[int, Result | CdcmigError] = {}
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        futures = {pool.submit(work, item): index for index, item in enumerate(todo)}
        for future in as_completed(futures):
            index = futures[future]
            error = future.exception()
            if error is not None and not isinstance(error, CdcmigError):
                pool.shutdown(cancel_futures=True)
                raise error
            results[index] = error if error is not None else future.result()
            progress(f"{len(results)} of {len(todo)}: {label(todo[index])}")
    return [results[index] for index in range(len(todo))]
