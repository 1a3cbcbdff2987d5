"""What pg_cron takes as a schedule, as a type for models; so that an upgrade does not find out."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_WORDS = frozenset(
    {"@reboot", "@restart", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
_SECONDS = re.compile(r"\s*0*([1-9]|[1-5]\d)\s*seconds?\s*", re.IGNORECASE | re.ASCII)

_MONTH = r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = r"sun|mon|tue|wed|thu|fri|sat"


def _field(lowest: int, highest: int, names: str | None = None, alone: str | None = None) -> re.Pattern[str]:
    """Return the pattern of a field: ranges with steps, comma between; ``alone``: what has no range or step."""
    numbers = "|".join(map(str, range(lowest, highest + 1)))
    value = f"(?:0*(?:{numbers})|{names})" if names else f"0*(?:{numbers})"
    one = rf"(?:(?:\*|{value}-{value})(?:/0*[1-9]\d*)?|{value}{'|' + alone if alone else ''})"
    return re.compile(f"{one}(?:,{one})*", re.IGNORECASE | re.ASCII)


_FIELDS = (
    _field(0, 59),
    _field(0, 23),
    _field(1, 31, alone=r"\$"),
    _field(1, 12, _MONTH),
    _field(0, 7, _DAY),
)


def _accepted(schedule: str) -> bool:
    if schedule.strip() in _WORDS or _SECONDS.fullmatch(schedule):
        return True
    fields = schedule.split()
    return len(fields) == len(_FIELDS) and all(
        pattern.fullmatch(field) for pattern, field in zip(_FIELDS, fields, strict=True)
    )


def _checked(schedule: str) -> str:
    if not _accepted(schedule):
        raise ValueError(
            f'pg_cron has no schedule "{schedule}"; expected "30 seconds" (1 to 59), five cron fields as in'
            ' "*/5 * * * *", or a word like "@hourly"'
        )
    return schedule


CronSchedule = Annotated[str, AfterValidator(_checked)]
"""``30 seconds``, five cron fields (``$`` is the last day of the month) or ``@hourly`` and the like."""
