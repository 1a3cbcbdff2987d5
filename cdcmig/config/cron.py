"""Pydantic type for a pg_cron schedule: most bad ones fail `config check` already, not the upgrade."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_WORDS = r"@(?:reboot|restart|yearly|annually|monthly|weekly|daily|midnight|hourly)"
_SECONDS = r"(?i:0*(?:[1-9]|[1-5]\d)\s*seconds?)"
_SCHEDULE = re.compile(rf"\s*(?:{_WORDS}|{_SECONDS}|\S+(?:\s+\S+){{4}})\s*", re.ASCII)
_NUMBER, _NAME = r"\d+", r"(?:\d+|[a-z]{3})"
_FIELDS = ((0, 59, _NUMBER), (0, 23, _NUMBER), (1, 31, _NUMBER), (1, 12, _NAME), (0, 7, _NAME))
"""Lowest and highest number of each cron field, and the pattern of a value."""


def _accepted(schedule: str) -> bool:
    """Judge the form and the numbers; the rest is left to pg_cron."""
    if not _SCHEDULE.fullmatch(schedule):
        return False
    fields = schedule.split()
    return len(fields) != len(_FIELDS) or all(
        _is_part(part, *bounds)
        for field, bounds in zip(fields, _FIELDS, strict=True)
        for part in field.split(",")
    )


def _is_part(part: str, lowest: int, highest: int, value: str) -> bool:
    """Return whether a part is a value, ``$``, or a range or ``*`` with or without a step."""
    match = re.fullmatch(
        rf"({value}|\$)|(\*|{value}-{value})(?:/0*[1-9]\d*)?", part, re.IGNORECASE | re.ASCII
    )
    numbers = re.findall(r"\d+", match[1] or match[2]) if match else ()
    return match is not None and all(lowest <= int(number) <= highest for number in numbers)


def _checked(schedule: str) -> str:
    if not _accepted(schedule):
        raise ValueError(
            f'pg_cron has no schedule "{schedule}"; expected "30 seconds" (1 to 59), five cron fields as in'
            ' "*/5 * * * *", or a word like "@hourly"'
        )
    return schedule


CronSchedule = Annotated[str, AfterValidator(_checked)]
"""``30 seconds``, five cron fields (``$`` is the last day of the month) or ``@hourly`` and the like."""
