"""What virtual time can play: one board, and triggers that strike at no process."""

from collections.abc import Mapping, Sequence

from deadstop.cases import Case
from deadstop.errors import UsageError
from deadstop.hosting.inspection import ComponentClass
from deadstop.rig import Rig
from deadstop.triggers import by_name

__all__ = ["only_api", "playable", "require_one_board"]


def require_one_board(rig: Rig) -> None:
    """Refuse a rig with several boards, or with what has a time of its own.

    Raises:
        UsageError: it has more than its `[board]`, or that is a program, or it has a
            `[module]`.
    """
    if rig.module is not None:
        raise UsageError(
            f"rig {rig.name!r} is served by a module process, and virtual time has "
            "none: use `deadstop run --clock real`"
        )
    if rig.board.kind == "program":
        raise UsageError(
            f"the board of rig {rig.name!r} is a program, with a clock of its own, "
            "which virtual time cannot play: use `deadstop run --clock real`"
        )
    if not rig.simulated:
        raise UsageError(
            f"rig {rig.name!r} has a real board, and virtual time plays simulated "
            "ones: use `deadstop run --clock real`"
        )
    if rig.boards:
        raise UsageError(
            f"rig {rig.name!r} has {len(rig.all_boards)} boards, and virtual time "
            "plays one: use `deadstop run --clock real`"
        )


def only_api(rig: Rig, classes: Mapping[str, ComponentClass]) -> str:
    """Return the API that all the rig's components have.

    Raises:
        UsageError: they have different ones.
    """
    apis = sorted({one.api for one in classes.values()})
    if len(apis) > 1:
        raise UsageError(
            f"the components of rig {rig.name!r} have different APIs "
            f"({', '.join(apis)}), and virtual time plays one: use "
            "`deadstop run --clock real`"
        )
    return apis[0]


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
    why = "virtual time has no process to kill or to freeze, nor a thread"
    if asked:
        raise UsageError(
            f"{', '.join(asked)} cannot be played on the virtual clock: {why}; "
            "use --clock real"
        )
    return kept, f"left out: {', '.join(left_out)} ({why}; --clock real plays them)"
