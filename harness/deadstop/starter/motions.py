"""Motions to begin with, by the API of the component: to be made one's own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Final

from deadstop.errors import UsageError

__all__ = ["Motion", "propose", "usual_axis"]


@dataclass(frozen=True, slots=True)
class Motion:
    """A call that makes something move and ends by itself, and what comes after it.

    Attributes:
        name: in the rig; without another, that of the method.
        args: its arguments, in the API's own units.
        next: short ones, method and arguments, as a rig's `next` has them.
        method: what is called.
    """

    name: str
    args: Mapping[str, Any]
    next: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    method: str = ""

    @property
    def called(self) -> str:
        """The method."""
        return self.method or self.name


# 80 ms at this speed: more than any tolerance, whatever the acceleration.
_A_BIT: Final = ("go_for", {"rpm": 150, "revolutions": 0.2})


def _joints(axes: int, *degrees: float) -> list[float]:
    return list(islice(cycle(degrees), axes))


def _motor(_: int) -> tuple[Motion, ...]:
    # What the built-in rigs do: acceleration, cruise and deceleration in 0.4 s.
    return (
        Motion("go_for", {"rpm": 150, "revolutions": 0.8}, (_A_BIT,)),
        Motion("go_to", {"rpm": 150, "position_revolutions": 0.7}, (_A_BIT,)),
    )


def _arm(axes: int) -> tuple[Motion, ...]:
    # The newer motion and the next one go to places that are not on the way, and so
    # far that whatever the tolerance is they count as movement.
    after = tuple(
        ("move_to_joint_positions", {"positions": _joints(axes, *degrees)})
        for degrees in ((18, 12, 0), (8, 3, 8))
    )
    there, halfway = _joints(axes, 45, 30, -30), _joints(axes, 30, 20, -18)
    return (
        Motion("joints", {"positions": there}, after, method="move_to_joint_positions"),
        Motion(
            "through",
            {"positions": [halfway, there]},
            after,
            method="move_through_joint_positions",
        ),
    )


def _base(_: int) -> tuple[Motion, ...]:
    return (
        Motion("move_straight", {"distance": 100, "velocity": 200.0}),
        Motion("spin", {"angle": 90.0, "velocity": 180.0}),
    )


def _gantry(axes: int) -> tuple[Motion, ...]:
    far = {"positions": [100.0] * axes, "speeds": [200.0] * axes}
    near = {"positions": [40.0] * axes, "speeds": [200.0] * axes}
    return (Motion("move_to_position", far, (("move_to_position", near),)),)


def _servo(_: int) -> tuple[Motion, ...]:
    return (Motion("move", {"angle": 90}, (("move", {"angle": 30}),)),)


def _gripper(_: int) -> tuple[Motion, ...]:
    return (Motion("open", {}, (("grab", {}),)),)


_KNOWN: Final = {
    "rdk:component:motor": _motor,
    "rdk:component:arm": _arm,
    "rdk:component:base": _base,
    "rdk:component:gantry": _gantry,
    "rdk:component:servo": _servo,
    "rdk:component:gripper": _gripper,
}
_AXES: Final = {"rdk:component:arm": "abc", "rdk:component:base": "ab"}


def usual_axis(api: str) -> str:
    """Return the letters of the axes that a component of *api* often moves."""
    return _AXES.get(api, "a")


def propose(api: str, methods: Collection[str], axes: int) -> tuple[Motion, ...]:
    """Return motions for a component of *api*, of those that it has *methods* for.

    Args:
        api: such as ``rdk:component:motor``.
        methods: what the class implements.
        axes: how many it moves.

    Raises:
        UsageError: nothing is known that it could do.
    """
    known = _KNOWN.get(api)
    if known is None:
        raise UsageError(
            f"nothing is known of the motions of a {api}; known: {', '.join(_KNOWN)}; "
            "write the rig by hand: copy the built-in loopback.toml"
        )
    motions = known(axes)
    found = tuple(motion for motion in motions if motion.called in methods)
    if not found:
        names = ", ".join(motion.called for motion in motions)
        raise UsageError(
            f"this {api} implements none of {names}: there is no finite motion to "
            "propose; write the rig by hand: copy the built-in loopback.toml"
        )
    return found
