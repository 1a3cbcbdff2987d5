"""The loader of the ``.sql`` files beside this module.

A template that has been released is never edited: changesets name it, and must mean the same for ever. A better
one gets the next number.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from cdcmig.errors import RepositoryError

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


@cache
def load(name: str) -> str:
    """Return the text of ``<name>.sql``.

    :raises RepositoryError: there is no such template
    """
    file = resources.files(__package__).joinpath(f"{name}.sql")
    if not file.is_file():
        raise RepositoryError(
            f'cdcmig has no SQL template "{name}"',
            hint="the changeset was written by a newer version of cdcmig: upgrade it",
        )
    return file.read_text(encoding="utf-8")


def render(name: str, **values: str) -> str:
    """Return the template with every ``{{placeholder}}`` replaced.

    The values are SQL already: quoted names, literals, lists of them. All are replaced in one pass, so that a
    value that looks like a placeholder (a column may be called ``{{key}}``) stays what it is.

    :raises KeyError: the template has a placeholder without a value
    """
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], load(name))
