"""Time and processor time, of this process and of others."""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def cpu_of(processes: Sequence[int]) -> float:
    """Milliseconds that all threads of these processes have spent on a processor (Linux)."""
    return sum(_thread_ns(task) for number in processes for task in _tasks(number)) / 1e6


def _tasks(number: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{number}/task").iterdir())
    except FileNotFoundError:  # it has ended since
        return []


def _thread_ns(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def children_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            ppid = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(ppid) == parent:
            found.append(int(entry.name))
    return found


def milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def cpu_milliseconds(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return (time.process_time() - begun) * 1000


def in_turn(
    acts: Sequence[Callable[[], object]],
    *,
    rounds: int,
    spent: Callable[[Callable[[], object]], float] = milliseconds,
) -> list[list[float]]:
    """What each act spends in ms, one of each act a round, after a round that is not counted."""
    times: list[list[float]] = [[] for _ in acts]
    for number in range(rounds + 1):
        for act, kept in zip(acts, times, strict=True):
            cost = spent(act)
            if number:
                kept.append(cost)
    return times


def ratio(target: Sequence[float], reference: Sequence[float]) -> float:
    """The median of the rounds' own ratios: a slow minute of the machine hits both sides of it."""
    return statistics.median(a / b for a, b in zip(target, reference, strict=True))


def percentile(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
