"""Which cases virtual time can play: those whose trigger strikes at no process."""

from collections.abc import Sequence

from deadstop.cases import Case
from deadstop.errors import UsageError
from deadstop.triggers import by_name

__all__ = ["playable"]


def playable(
    cases: Sequence[Case], named: Sequence[str] = ()
) -> tuple[tuple[Case, ...], str]:
    """Choose those of *cases* that virtual time can play.

    Args:
        cases: as they were chosen.
        named: the triggers or globs that were asked for.

    Returns:
        The cases, and a line about those that are left out; empty if none is.

    Raises:
        UsageError: a trigger was asked for by its name, or nothing else, that strikes
            at a process.
    """
    left_out = list(
        dict.fromkeys(
            case.trigger for case in cases if by_name(case.trigger).needs_process
        )
    )
    if not left_out:
        return tuple(cases), ""
    kept = tuple(case for case in cases if case.trigger not in left_out)
    asked = [name for name in left_out if name in named] or (not kept and left_out)
    why = "virtual time has no process to kill or to freeze"
    if asked:
        raise UsageError(
            f"{', '.join(asked)} cannot be played on the virtual clock: {why}; "
            "use --clock real"
        )
    return kept, f"left out: {', '.join(left_out)} ({why}; --clock real plays them)"
