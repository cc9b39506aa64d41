"""What every axis has: its state, its motion, and the words for both."""

from abc import ABC, abstractmethod
from typing import Final, Protocol

from arduino_actuators.wire import (
    AxisEvent,
    AxisNotice,
    AxisReport,
    AxisState,
    BoardEvent,
    Cause,
    FaultCode,
    Limits,
    PositionRange,
    StopCategory,
    next_state,
)

__all__ = ["INT32", "RUNNING", "AxisBase", "Listener", "wrap_int32"]

RUNNING: Final = frozenset({AxisState.MOVING, AxisState.STOPPING, AxisState.HOLDING})
INT32: Final = range(-(2**31), 2**31)


class Listener(Protocol):
    """What an axis tells the board; stamps are the board's time."""

    def notice(self, t_s: float, notice: AxisNotice) -> None:
        """Send an event."""

    def drive_changed(self, t_s: float, axis: str, duty_permille: int) -> None:
        """Note what is applied from now on."""

    def state_changed(self, t_s: float, axis: str, state: AxisState) -> None:
        """Note a change of state."""

    def lease_expired(self, t_s: float, axes: str, motion: int, lease_ms: int) -> None:
        """Note that the deadman struck once, for a motion of *axes*."""


def wrap_int32(counts: int) -> int:
    """Return *counts* as the firmware's 32-bit counter would hold it."""
    return (counts + 2**31) % 2**32 - 2**31


class AxisBase(ABC):
    """One axis; every method that acts takes the time, and the plant is there already.

    Attributes:
        state: changed only along the table of section 6.
        running: whether a motion has the axis; so it has when power is kept.
        motion: the number last accepted; 0 after a reset.
        newest: the newest number used up, accepted or not; 0 after a reset.
        duty_permille: the drive applied.
        positions: that the axis may have.
    """

    positions: range = INT32

    def __init__(self, name: str, limits: Limits, listener: Listener) -> None:
        """Stand idle, at position 0."""
        self.name = name
        self.limits = limits
        self._listener = listener
        self.forget()

    def forget(self) -> None:
        """Be as after a reset: idle, drive off, nothing remembered."""
        self.state = AxisState.IDLE
        self.running = False
        self.motion = 0
        self.newest = 0
        self.duty_permille = 0
        self._cause = Cause.NONE
        self._category = StopCategory.REMOVE_POWER
        self._is_cut = False  # stopping with the drive off already

    @property
    @abstractmethod
    def position_counts(self) -> int:
        """Where the board takes the axis to be."""

    @property
    @abstractmethod
    def speed_cps(self) -> float:
        """Its speed, as the board measures it, as of the last tick."""

    @property
    def taken(self) -> bool:
        """Whether it is under way and no other motion may take it over."""
        return False

    @property
    def range(self) -> PositionRange:
        """What `range` answers."""
        return PositionRange(self.positions.start, self.positions.stop - 1, 0)

    @property
    def report(self) -> AxisReport:
        """What `state` answers."""
        return AxisReport(
            self.state,
            self.motion,
            wrap_int32(self.position_counts),
            round(self.speed_cps),
            self.duty_permille,
            self._cause,
            self.newest,
        )

    # Motions. The caller has made every check of section 7.

    @abstractmethod
    def travel(
        self, t_s: float, motion: int, lease_ms: int, target_counts: int, speed_cps: int
    ) -> None:
        """Go to *target_counts*."""

    @abstractmethod
    def spin(self, t_s: float, motion: int, lease_ms: int, speed_cps: int) -> None:
        """Turn at *speed_cps*, signed."""

    def power(self, t_s: float, motion: int, lease_ms: int, duty_permille: int) -> None:
        """Apply *duty_permille*, signed; only where the axis is able to."""
        raise NotImplementedError

    def home(self, t_s: float, motion: int, lease_ms: int, speed_cps: int) -> None:
        """Find the limit switch; only where there is one."""
        raise NotImplementedError

    @abstractmethod
    def keep(self, t_s: float) -> None:
        """Renew the lease."""

    @abstractmethod
    def zero(self, position_counts: int) -> None:
        """Declare the present position to be *position_counts*."""

    def stop(self, t_s: float, cause: Cause, category: StopCategory) -> None:
        """Stop whatever is running; a stop under way only becomes stricter."""
        if not self.running:
            self._enter(t_s, AxisEvent.STOP)
            self._tell(t_s, BoardEvent.STOPPED, cause=cause)
            return
        if self.state is AxisState.STOPPING:
            # A byte, which is category 0, is answered even if it changes nothing.
            if category >= self._category and cause is not Cause.BYTE:
                return
        else:
            if self.state is AxisState.MOVING:
                self._ramp_down(t_s)
            self._stand_from_now(t_s)
        self._category = category
        self._cause = cause
        if category is StopCategory.REMOVE_POWER:
            self._cut(t_s)
        self._enter(t_s, AxisEvent.STOP)
        self._tell(t_s, BoardEvent.STOPPING, cause=cause, category=category)

    def clear(self, t_s: float) -> None:
        """Leave `faulted`."""
        self._enter(t_s, AxisEvent.CLEAR)

    # What each kind of axis does in its own way.

    @abstractmethod
    def _ramp_down(self, t_s: float) -> None:
        """Begin to brake."""

    @abstractmethod
    def _cut(self, t_s: float) -> None:
        """Take the drive off."""

    @abstractmethod
    def _stand_from_now(self, t_s: float) -> None:
        """Let a standstill count only from now on."""

    # For those that are made of it.

    def _supersede(self, t_s: float, motion: int) -> None:
        """Let *motion* have the axis; the older one, if any, ends."""
        if self.running:
            self._tell(t_s, BoardEvent.STOPPED, cause=Cause.SUPERSEDED)
        self.motion = motion
        self._cause = Cause.NONE

    def _come_to_rest(self, t_s: float) -> None:
        """End a stop whose shaft stands still."""
        hold = self._category is StopCategory.RAMP_THEN_HOLD
        self._enter(t_s, AxisEvent.STANDSTILL_HOLD if hold else AxisEvent.STANDSTILL)
        self._tell(t_s, BoardEvent.STOPPED, cause=self._cause)

    def _arrive(self, t_s: float) -> None:
        self._cut(t_s)
        self._cause = Cause.ARRIVED
        self._enter(t_s, AxisEvent.ARRIVED)
        self._tell(t_s, BoardEvent.ARRIVED)

    def _fault(self, t_s: float, fault: FaultCode) -> None:
        self._cut(t_s)
        self._cause = Cause.FAULT
        self._enter(t_s, AxisEvent.FAULT)
        self._tell(t_s, BoardEvent.FAULT, fault=fault)

    def _enter(self, t_s: float, event: AxisEvent) -> None:
        before = self.state
        self.state = next_state(before, event)
        self.running = self.state in RUNNING
        self._is_cut = (
            self.state is AxisState.STOPPING
            and self._category is StopCategory.REMOVE_POWER
        )
        if self.state is not before:
            self._listener.state_changed(t_s, self.name, self.state)

    def _tell(
        self,
        t_s: float,
        event: BoardEvent,
        *,
        cause: Cause | None = None,
        category: StopCategory | None = None,
        fault: FaultCode | None = None,
    ) -> None:
        position_counts = wrap_int32(self.position_counts)
        self._listener.notice(
            t_s,
            AxisNotice(
                event, self.name, self.motion, position_counts, cause, category, fault
            ),
        )
