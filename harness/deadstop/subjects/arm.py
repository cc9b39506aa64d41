"""An arm: a joint for each axis, told in degrees; poses, waypoints and streams.

What a rig file says of a motion is made into the SDK's own types here::

    move_to_joint_positions                 positions = [30, 20, -15]
    move_to_position                        pose = { x = 120, z = 60, theta = 10 }
    move_through_joint_positions            positions = [[10, 5, 0], [30, 20, -15]]
                                            options = { max_vel_degs_per_sec = 40 }
    move_through_joint_positions_streamed   batches = [[{ time_s = 0, positions = [0]}]]
                                            every_s = 0.25

Units are the SDK's: degrees, mm; of a stream, seconds from its start, and *every_s*
seconds from one batch to the next.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from deadstop.subjects.base import Subject, finite
from deadstop.subjects.feed import Feed

__all__ = ["SUBJECT"]

DEG_PER_REV: Final = 360.0
STREAMED: Final = "move_through_joint_positions_streamed"


def _positions_rev(result: object, axes: Sequence[str]) -> dict[str, float | None]:
    values = result if isinstance(result, list) and len(result) == len(axes) else []
    found: dict[str, float | None] = dict.fromkeys(axes)
    for axis, value in zip(axes, values, strict=False):
        degrees = finite(value)
        found[axis] = None if degrees is None else degrees / DEG_PER_REV
    return found


# The SDK's types are imported where they are made: the judge does without the SDK.


def _joints(value: Any) -> Any:  # noqa: ANN401 - what JSON can say; a JointPositions
    from viam.proto.component.arm import JointPositions  # noqa: PLC0415

    return JointPositions(values=value)


def _many_joints(value: Any) -> Any:  # noqa: ANN401
    return [_joints(one) for one in value]


def _pose(value: Any) -> Any:  # noqa: ANN401
    from viam.proto.common import Pose  # noqa: PLC0415

    return Pose(**value)


def _options(value: Any) -> Any:  # noqa: ANN401
    from viam.proto.component.arm import MoveOptions  # noqa: PLC0415

    return MoveOptions(**value)


def _point(value: Mapping[str, Any]) -> Any:  # noqa: ANN401
    from viam.components.arm import Arm  # noqa: PLC0415

    known = {"time_s", "positions", "velocities", "accelerations"}
    if not {"time_s", "positions"} <= value.keys() <= known:
        raise ValueError(
            f"a point of a batch has time_s, positions and perhaps velocities and "
            f"accelerations, not {', '.join(map(repr, value))}"
        )
    constraints = None
    if "velocities" in value:
        constraints = Arm.KinematicConstraints(
            list(value["velocities"]), value.get("accelerations")
        )
    return Arm.TrajectoryPoint(
        timedelta(seconds=value["time_s"]), list(value["positions"]), constraints
    )


_MAKERS: Final[Mapping[tuple[str, str], Callable[[Any], Any]]] = {
    ("move_to_joint_positions", "positions"): _joints,
    ("move_to_position", "pose"): _pose,
    ("move_through_joint_positions", "positions"): _many_joints,
    ("move_through_joint_positions", "options"): _options,
}


def _arguments(method: str, args: Mapping[str, Any]) -> dict[str, Any]:
    if method == STREAMED:
        others = dict(args)
        every_s = others.pop("every_s", 0.0)
        batches = [[_point(one) for one in batch] for batch in others.pop("batches")]
        return {**others, "batches": Feed(batches, every_s)}
    made = {}
    for name, value in args.items():
        maker = _MAKERS.get((method, name))
        made[name] = value if maker is None else maker(value)
    return made


def _result(result: object) -> object:
    values = getattr(result, "values", None)  # of JointPositions
    return result if values is None or callable(values) else list(values)


SUBJECT: Final = Subject(
    api="rdk:component:arm",
    position="get_joint_positions",
    positions_rev=_positions_rev,
    arguments=_arguments,
    result=_result,
)
