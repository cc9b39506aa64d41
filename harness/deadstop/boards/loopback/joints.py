"""Stepper joints behind one enable: by themselves, or all together along a path."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from arduino_actuators.wire import (
    AxisNotice,
    BoardEvent,
    Cause,
    StopCategory,
    Verb,
)
from deadstop.boards.loopback.axis_base import Listener
from deadstop.boards.loopback.config import BoardConfig
from deadstop.boards.loopback.drives import Drives
from deadstop.boards.loopback.joint import Hold, Joint
from deadstop.boards.loopback.path import Path
from deadstop.boards.loopback.witness import Observe
from deadstop.boards.stepper_witness import StepperWitness
from deadstop.plant import Stepper

__all__ = ["JointDrives"]


class JointDrives(Drives):
    """The axes of a cnc shield."""

    axes: Mapping[str, Joint]
    unable: ClassVar = frozenset({Verb.POWER})
    shared_power: ClassVar = True

    def __init__(
        self,
        config: BoardConfig,
        plant: Mapping[str, Stepper],
        *,
        t_s: float,
        listener: Listener,
        observe: Observe,
    ) -> None:
        """Begin with the drivers off.

        Args:
            config: what the board is.
            plant: one stepper for each axis of *config*.
            t_s: the present.
            listener: is told what the axes do.
            observe: called with each event for the trace.
        """
        self._listener = listener
        self._now_s = t_s  # up to when steps have been made
        self._path: Path | None = None
        self.axes = {
            name: Joint(
                name,
                config,
                plant[name],
                StepperWitness(name, plant[name], observe),
                listener,
            )
            for name in config.axes
        }
        self._joints = list(self.axes.values())

    @property
    def busy(self) -> bool:
        """Whether a motion has a joint, or one was just seen to move."""
        for joint in self._joints:  # noqa: SIM110 - a third of any()'s time
            if joint.running or joint.witness.moving:
                return True
        return False

    def tick(self, t_s: float) -> None:
        """Do the work of one control period."""
        self.catch_up(t_s)
        for joint in self._joints:
            if joint.witness.moving:
                joint.witness.look(t_s)
        for joint in self._joints:
            if not joint.running or joint.cut:
                continue
            if t_s >= joint.lease_ends_s:
                self._expire(t_s, joint)
                break
            fault = joint.check(t_s)
            if fault is not None:
                joint.fault(t_s, fault)
                others = [each for each in self._joints if each is not joint]
                self._stop(t_s, others, Cause.FAULT, StopCategory.REMOVE_POWER)
                break
        self._settle(t_s)

    def catch_up(self, t_s: float) -> None:
        """Make the steps that are due by now."""
        self._now_s = t_s
        path = self._path
        if path is None:
            for joint in self._joints:
                joint.advance(t_s)
            return
        counts, speeds_cps = path.at(t_s)
        for joint, count, speed_cps in zip(
            self._joints, counts, speeds_cps, strict=True
        ):
            joint.follow(t_s, count, speed_cps)
        for _ in range(path.take_passed()):
            first = self._joints[0]
            self._listener.notice(
                t_s,
                AxisNotice(
                    BoardEvent.PASSED, first.name, first.motion, first.position_counts
                ),
            )

    def stop(
        self, t_s: float, axis: str | None, cause: Cause, category: StopCategory
    ) -> None:
        """Stop *axis*, and what moves with it; category 0 stops every one."""
        hit = self._joints
        if axis is not None and category is not StopCategory.REMOVE_POWER:
            hit = self._company(self.axes[axis])
        self._stop(t_s, hit, cause, category)

    def forget(self) -> None:
        """Be as after a reset: no path."""
        self._path = None

    def drive_changed(self, t_s: float, axis: str, duty_permille: int) -> None:
        """Turn the drivers on for the first that needs them, and off for the last."""
        self.axes[axis].witness.drive(t_s, on=bool(duty_permille))
        on = any(joint.duty_permille for joint in self._joints)
        for joint in self._joints:
            joint.stepper.enable(enabled=on)

    def is_at_rest(self, t_s: float) -> bool:
        """Whether the drivers are off; without them no joint moves."""
        del t_s
        return not any(joint.duty_permille for joint in self._joints)

    def position_rev(self, t_s: float, axis: str) -> float:
        """True angle of the joint of *axis*."""
        joint = self.axes[axis]
        if self._path is None:
            return joint.position_rev(joint.wanted_counts(t_s))
        wanted_counts, _ = self._path.at(t_s)
        return joint.position_rev(wanted_counts[self._joints.index(joint)])

    def keep(self, t_s: float, axis: str) -> None:
        """Renew the lease of the motion that has *axis*."""
        for joint in self._company(self.axes[axis]):
            joint.keep(t_s)

    # Coordinated motion.

    def line(
        self,
        t_s: float,
        *,
        motion: int,
        lease_ms: int,
        targets_counts: Sequence[int],
        speed_cps: int,
        accel_cps2: int,
    ) -> None:
        """Move all joints together, straight."""
        for joint in self._joints:
            joint.take_over(t_s, motion, lease_ms, Hold.LINE)
        start_counts = [joint.position_counts for joint in self._joints]
        self._path = Path(t_s, start_counts, targets_counts, speed_cps, accel_cps2)

    def via(self, t_s: float, targets_counts: Sequence[int], speed_cps: int) -> None:
        """Add a line to that motion."""
        assert self._path is not None  # noqa: S101 - `line_motion` told so
        self._path.add(t_s, targets_counts, speed_cps)

    @property
    def line_motion(self) -> int:
        """The number of the motion of all joints that is under way and not stopped."""
        if self._path is None or self._path.ramps:
            return 0
        return self._joints[0].motion

    @property
    def free_lines(self) -> int:
        """How many more lines there is room for."""
        return 0 if self._path is None else self._path.free(self._now_s)

    # The inside.

    def _company(self, joint: Joint) -> list[Joint]:
        """Those that are stopped and kept with *joint*."""
        if not joint.in_line:
            return [joint]
        return [each for each in self._joints if each.in_line]

    def _stop(
        self, t_s: float, hit: Sequence[Joint], cause: Cause, category: StopCategory
    ) -> None:
        if category is StopCategory.REMOVE_POWER:
            self._path = None
        elif self._path is not None and not self._path.ramps:
            self._path.ramp_down(t_s)
        for joint in hit:
            joint.stop(t_s, cause, category)

    def _expire(self, t_s: float, joint: Joint) -> None:
        """Stop everything, as the lease of *joint* was not renewed."""
        names = "".join(each.name for each in self._company(joint))
        lease_ms = round(joint.lease_s * 1000.0)
        self._listener.lease_expired(t_s, names, joint.motion, lease_ms)
        self._stop(t_s, self._joints, Cause.LEASE, StopCategory.REMOVE_POWER)

    def _settle(self, t_s: float) -> None:
        """End what is over, of joints that stand still."""
        if self._path is None:
            for joint in self._joints:
                if joint.running and joint.is_over(t_s) and joint.stands(t_s):
                    joint.settle(t_s)
        elif t_s >= self._path.end_s and all(j.stands(t_s) for j in self._joints):
            self._path = None
            for joint in self._joints:
                joint.settle(t_s)
