"""Pydantic type for a pg_cron schedule: most invalid ones fail `config check`, before the upgrade."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_KEYWORDS = r"@(?:reboot|restart|yearly|annually|monthly|weekly|daily|midnight|hourly)"
_SECONDS = r"(?i:0*(?:[1-9]|[1-5]\d)\s*seconds?)"
_SCHEDULE = re.compile(rf"\s*(?:{_KEYWORDS}|{_SECONDS}|\S+(?:\s+\S+){{4}})\s*", re.ASCII)
_NUMBER, _NAME = r"\d+", r"(?:\d+|[a-z]{3})"
_FIELDS = ((0, 59, _NUMBER), (0, 23, _NUMBER), (1, 31, _NUMBER), (1, 12, _NAME), (0, 7, _NAME))
"""Lowest and highest number of each cron field, and the pattern of a value."""


def _is_valid(schedule: str) -> bool:
    """Check syntax and number ranges; pg_cron checks the rest."""
    if not _SCHEDULE.fullmatch(schedule):
        return False
    fields = schedule.split()
    return len(fields) != len(_FIELDS) or all(
        _is_part(part, *bounds)
        for field, bounds in zip(fields, _FIELDS, strict=True)
        for part in field.split(",")
    )


def _is_part(part: str, lowest: int, highest: int, value: str) -> bool:
    """Check that a part is a value, ``$``, or a range or ``*`` with an optional step."""
    match = re.fullmatch(
        rf"({value}|\$)|(\*|{value}-{value})(?:/0*[1-9]\d*)?", part, re.IGNORECASE | re.ASCII
    )
    numbers = re.findall(r"\d+", match[1] or match[2]) if match else ()
    return match is not None and all(lowest <= int(number) <= highest for number in numbers)


def _validated(schedule: str) -> str:
    if not _is_valid(schedule):
        raise ValueError(
            f'pg_cron does not accept the schedule "{schedule}"; expected "30 seconds" (1 to 59), five cron fields'
            ' as in "*/5 * * * *", or a keyword such as "@hourly"'
        )
    return schedule


CronSchedule = Annotated[str, AfterValidator(_validated)]
"""``30 seconds``, five cron fields (``$`` is the last day of the month) or a keyword such as ``@hourly``."""
