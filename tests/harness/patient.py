"""Cases whose outcome is known, and only has to be seen on a machine that is busy."""

from collections.abc import Callable

from deadstop.cases import Case
from deadstop.results import CaseResult, Outcome
from deadstop.runner import PATIENT, Runner

__all__ = ["Expected", "fails_by", "holds", "run_patiently"]

Expected = Callable[[CaseResult], bool]


def holds(result: CaseResult) -> bool:
    """Whether no law is broken."""
    return result.outcome is not Outcome.FAIL


def fails_by(*laws: str) -> Expected:
    """Return what asks a result whether it breaks each of *laws*; with none, no law."""

    def broken(result: CaseResult) -> bool:
        failed = {v.invariant for v in result.verdicts if v.outcome is Outcome.FAIL}
        return failed >= set(laws) if laws else not failed

    return broken


async def run_patiently(
    runner: Runner, case: Case, expected: Expected = holds, *, repeat: int = 1
) -> CaseResult:
    """Run *case*, and again where it was not as *expected* and the machine too busy."""
    runner.played_again = PATIENT
    return await runner.run(case, repeat, expected=expected)
