"""Soak: eight writers and two merge runners for as long as you like, compared with an oracle from the event log.

    python -m benchmarks.soak [--seconds 60] [--crash]

``--crash`` kills the server and the runners with SIGKILL about every five seconds instead, consumers seeking to the
watermark. The same for 20 seconds is in the test suite (tests/postgres/soak), where all of it is explained. Both end
with their control, which has to lose rows: the procedure in use today; consumers that do not seek.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.postgres.soak import scenarios, writers
from tests.postgres.soak.mergers import SWAP_WAIT_MS, Merging
from tests.postgres.soak.scenarios import Outcome
from tests.postgres.soak.server import Server, running
from tests.postgres.soak.world import World

_EVERY = 5.0
_HEADINGS = (
    "run", "events", "keys", "missing", "stale", "wrong flags", "watermarks off", "deadlocks", "merges",
    "server kills", "runner kills", "longest INSERT", "without merges", "longest lock wait",
)  # fmt: skip
Run = Callable[[World, Server, float], Outcome]


def holds(seconds: float = 60.0, *, crash: bool = False) -> bool:
    """Print the table; return whether the design lost nothing, and its control did."""
    print(f"\n**{seconds:g} s, 8 writers, 2 merge runners** (times in ms; swap wait {SWAP_WAIT_MS:g} ms)\n")
    print(f"| {' | '.join(_HEADINGS)} |\n|{'---|' * len(_HEADINGS)}", flush=True)
    runs: dict[str, Run] = _CRASHES if crash else _SOAKS
    good = True
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with running(Path(folder) / "pgdata") as server:
            for number, (name, run) in enumerate(runs.items()):
                World(server.url).execute(f"CREATE DATABASE soak_{number}")
                is_control = name.startswith("control")
                length = min(seconds, 25.0) if is_control else seconds
                outcome = run(World(server.url.set(database=f"soak_{number}")), server, length)
                print(_line(name, outcome), flush=True)
                good &= outcome.verdict.lost > 0 if is_control else _is_clean(outcome)
    return good


def _soak(*merging: Merging) -> Run:
    def run(world: World, _server: Server, seconds: float) -> Outcome:
        world.create()
        return scenarios.soak(world, seconds, merging)

    return run


def _soak_today(world: World, _server: Server, seconds: float) -> Outcome:
    world.create_like_today()
    return scenarios.soak(world, seconds, [Merging("today")])


def _crash(resume: writers.Resume) -> Run:
    def run(world: World, server: Server, seconds: float) -> Outcome:
        world.create()
        kills = max(1, round(seconds / _EVERY))
        runners = [Merging("pending"), Merging("steps", 1000)]
        return scenarios.crashes(world, server, kills, runners, resume=resume, every=_EVERY)

    return run


_SOAKS: dict[str, Run] = {
    "soak": _soak(Merging("pending"), Merging("procedure")),
    "soak, batches of 1,000": _soak(Merging("procedure", 1000), Merging("steps", 1000)),
    "control: today's procedure": _soak_today,
}
_CRASHES: dict[str, Run] = {
    "SIGKILLs, seek to watermark + 1": _crash(writers.from_watermark),
    "control: SIGKILLs without the seek": _crash(writers.from_own_position),
}


def _is_clean(outcome: Outcome) -> bool:
    """Return whether nothing was lost, and no INSERT was made to wait."""
    stalls = outcome.stalls
    faults = {**outcome.verdict.faults(), **({"errors": outcome.errors} if outcome.errors else {})}
    if faults:
        print(f"\nfaults: {faults}\n")
    waited = outcome.server_kills == 0 and stalls.lock >= 1.5 * SWAP_WAIT_MS + stalls.quiet
    return not faults and outcome.deadlocks == 0 and not waited


def _line(name: str, outcome: Outcome) -> str:
    verdict, stalls = outcome.verdict, outcome.stalls
    cells = (
        name, f"{verdict.events:,}", f"{verdict.keys:,}", f"{verdict.missing:,}", f"{verdict.stale:,}",
        f"{verdict.wrong_flags:,}", verdict.wrong_watermarks, outcome.deadlocks, verdict.generations or outcome.merges,
        outcome.server_kills, outcome.runner_kills, f"{stalls.merging:.0f}",
        f"{stalls.quiet:.0f}" if stalls.quiet else "–", f"{stalls.lock:.0f}",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--crash", action="store_true", help="kill the server and the runners all the time")
    options = parser.parse_args()
    return 0 if holds(options.seconds, crash=options.crash) else 1


if __name__ == "__main__":
    raise SystemExit(main())
