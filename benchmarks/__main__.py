"""All benchmarks, one after another: ``make bench``; exit code 1 if one misses its limit."""

from __future__ import annotations

import importlib
import sys

NAMES = ("startup", "revision", "merge", "ingest", "inspect")


def main() -> int:
    """Run those named on the command line, or all."""
    missed = []
    for name in sys.argv[1:] or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        if not module.holds():
            missed.append(name)
    if missed:
        print(f"\nmissed: {', '.join(missed)}")
    return len(missed) > 0


if __name__ == "__main__":
    sys.exit(main())
