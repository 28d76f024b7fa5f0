"""What a verification has found so far: all of it is counted, some of it is kept."""

from compliance.contracts import BadRecord, Problem

KEPT = 10  # of each rank

# Which problem is named first. A changed record also leaves a hole where it used to be, and rows
# that its events no longer tell; so what is nearer the cause comes first.
_RANKS = {
    Problem.HASH_MISMATCH: 0,
    Problem.FACT_UNREADABLE: 2,
    Problem.ROW_DIFFERS: 2,
    Problem.ROW_UNTOLD: 2,
    Problem.ROW_MISSING: 2,
    Problem.UNEXPECTED: 3,
    Problem.UNGUARDED: 4,
    Problem.EXPECTATION_DAMAGED: 5,
}
_CHAIN = 1


class Findings:
    """Problems in the order in which they are met, the first of each rank kept."""

    def __init__(self) -> None:
        self.problems = 0
        self._kept: dict[int, list[BadRecord]] = {}

    def add(self, bad: BadRecord) -> None:
        self.problems += 1
        kept = self._kept.setdefault(_RANKS.get(bad.problem, _CHAIN), [])
        if len(kept) < KEPT:
            kept.append(bad)

    def bad(self) -> tuple[BadRecord, ...]:
        """Return what was kept, the nearest to a cause first."""
        return tuple(bad for rank in sorted(self._kept) for bad in self._kept[rank])
