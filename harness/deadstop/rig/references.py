"""Whether the parts of a rig fit together: what is referred to is there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from deadstop.rig.lines import KeyPath
from deadstop.rig.link import (
    LinesLinkConfig,
    LinkConfig,
    PacketsLinkConfig,
    each_pattern,
)

if TYPE_CHECKING:
    from deadstop.rig.model import Rig

__all__ = ["ReferencesError", "check_references", "show"]


_Mistakes = Iterator[tuple[KeyPath, str]]


class ReferencesError(ValueError):
    """Parts of a rig do not fit together; each with its path and one line."""

    def __init__(self, mistakes: Sequence[tuple[KeyPath, str]]) -> None:
        """Keep the mistakes, in the order found."""
        super().__init__("; ".join(text for _, text in mistakes))
        self.mistakes = tuple(mistakes)


def check_references(rig: "Rig") -> None:
    """Look for axes and components that are not there, or are there twice.

    Raises:
        ReferencesError: with everything that does not fit.
    """
    mistakes = [
        *_making_mistakes(rig),
        *_axis_mistakes(rig),
        *_link_mistakes(rig),
        *_motion_mistakes(rig),
    ]
    if mistakes:
        raise ReferencesError(mistakes)


def _making_mistakes(rig: "Rig") -> _Mistakes:
    """Look for components of which it is not clear what they are made from."""
    executable = rig.module.executable if rig.module is not None else ""
    wanted, other = ("model", "class") if executable else ("class", "model")
    why = "rig's module has an executable" if executable else "rig's module has none"
    if rig.module is None:
        why = "rig has no [module]"
    about = {
        "class": "The class to test, MODULE:CLASS. It is imported and run",
        "model": "The model, as the executable of [module] calls it",
    }
    for name, one in rig.components.items():
        given = {"class": one.class_path, "model": one.model}
        path: KeyPath = ("components", name)
        if given[other] is not None:
            place = f"{wanted!r} ({about[wanted]}) in its place"
            what = f"[components.{name}] has a {other!r}, but the {why}: write {place}"
            yield (*path, other), what
        elif given[wanted] is None:
            yield (
                path,
                f"[components.{name}] has no {wanted!r} ({about[wanted]}); add it",
            )


def _axis_mistakes(rig: "Rig") -> _Mistakes:
    owners: dict[tuple[str, str], str] = {}
    boards = rig.all_boards
    for name, component in rig.components.items():
        board = boards.get(component.board)
        if board is None:
            yield ("components", name, "board"), _unknown_board(component.board, rig)
            continue
        known = ", ".join(map(repr, board.axes))
        path = ("components", name, "axis")
        within = f" in {show(component.axis)}" if len(component.axis) > 1 else ""
        for axis in component.axis or ("",):
            place = (component.board, axis)
            if axis not in tuple(board.axes):
                yield path, f"unknown axis {show(axis)}{within}; the board has: {known}"
            elif owners.get(place) == name:
                yield path, f"axis {axis!r} stands twice{within}; name it once"
            elif place in owners:
                yield (
                    path,
                    (
                        f"axis {axis!r} is also that of component {owners[place]!r}; "
                        "give each component an axis of its own"
                    ),
                )
            else:
                owners[place] = name


def _unknown_board(board: str, rig: "Rig") -> str:
    known = (
        f"known: {_listed(rig.boards)}" if rig.boards else "there is no [boards.NAME]"
    )
    return (
        f"unknown board {show(board)}; {known}; leave the key out for the rig's [board]"
    )


def _link_mistakes(rig: "Rig") -> _Mistakes:
    for name in rig.links:
        if name not in rig.boards:
            yield ("links", name), _unknown_board(name, rig)
    for name, board in rig.all_boards.items():
        path: KeyPath = ("links", name) if name else ("link",)
        link = rig.link_of(name)
        if board.kind != "program" and link.decoder != "deadstop":
            yield (
                (*path, "decoder"),
                (
                    f"a {board.kind} board speaks Deadstop's own protocol, not "
                    f"{show(link.decoder)}; leave the table out"
                ),
            )
        known = ", ".join(map(repr, board.axes))
        for keys, axis in _axes_named(link):
            if axis not in ("", "*", *board.axes):
                yield (
                    (*path, *keys),
                    f"unknown axis {show(axis)}; the board has: {known}",
                )


def _axes_named(link: "LinkConfig") -> Iterator[tuple[KeyPath, str]]:
    """Yield each axis that *link* names, and behind which keys."""
    if isinstance(link, LinesLinkConfig):
        for kind in ("stop", "drive", "keep", "query", "ack", "refused"):
            for axis, _ in each_pattern(getattr(link, kind)):
                yield (kind, axis), axis
    elif isinstance(link, PacketsLinkConfig):
        for key in ("frames", "answers"):
            for index, frame in enumerate(getattr(link, key)):
                yield (key, index, "axis"), frame.axis
        for byte, axis in link.axes.items():
            yield ("axes", byte), axis


def _motion_mistakes(rig: "Rig") -> _Mistakes:
    for name, motion in rig.motions.items():
        path: KeyPath = ("motions", name)
        movers = [call.component for call in motion.calls]
        yield from _caller_mistakes((*path, "calls"), movers, rig.components)
        followers = [call.component for call in motion.next]
        # The first of two is a newer motion's, the other comes after the case.
        yield from _caller_mistakes((*path, "next"), followers, movers, most=2)
        if motion.struck and motion.struck not in movers:
            yield (
                (*path, "struck"),
                (
                    f"struck is {show(motion.struck)}, not called here; "
                    f"called are: {_listed(movers)}"
                ),
            )


_TOO_OFTEN: Final = {
    1: ("twice", "one call"),
    2: ("three times", "one or two calls"),
}


def _caller_mistakes(
    path: KeyPath, callers: Sequence[str], known: Iterable[str], most: int = 1
) -> _Mistakes:
    counts: Counter[str] = Counter()
    for index, component in enumerate(callers):
        counts[component] += 1
        where = (*path, index, "component")
        if component not in known:
            yield (
                where,
                (
                    f"unknown component {show(component)} in {path[-1]}; "
                    f"known here: {_listed(known)}"
                ),
            )
        elif counts[component] > most:
            often, allowed = _TOO_OFTEN[most]
            yield (
                where,
                (
                    f"component {show(component)} is called {often} in {path[-1]}; "
                    f"make {allowed} of each component"
                ),
            )


_SHOWN_CHARS: Final = 60


def show(text: str) -> str:
    """Quote a text from a rig file: one line, ASCII, not endless."""
    shown = ascii(text)
    return shown if len(shown) <= _SHOWN_CHARS else shown[:_SHOWN_CHARS] + "..."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(map(show, names)))
