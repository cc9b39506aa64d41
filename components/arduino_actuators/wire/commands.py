"""One builder for each verb; what every board would refuse is not built.

All raise `ValueError`, which names the argument, its value and what is allowed.
Arguments are named, ordered and ranged as in section 4 of PROTOCOL.md.
"""

from arduino_actuators.wire.frames import Command, encode_command
from arduino_actuators.wire.signatures import SIGNATURES
from arduino_actuators.wire.table import PROTOCOL_VERSION, StopCategory, Verb

__all__ = [
    "clear",
    "goto",
    "halt",
    "hello",
    "home",
    "keep",
    "limits",
    "line",
    "move",
    "position_range",
    "power",
    "spin",
    "state",
    "stats",
    "stop",
    "via",
    "zero",
]


def _build(seq: int, verb: Verb, *args: str | int) -> Command:
    command = Command(seq, verb, args)
    encode_command(command)  # number and kinds of the arguments
    for argument, value in zip(SIGNATURES[verb], args, strict=True):
        if isinstance(value, int) and not argument.allows(value):
            allowed = f"{argument.allowed.start} to {argument.allowed.stop - 1}"
            raise ValueError(
                f"{verb}: {argument.name} is {value}, not {allowed}"
                + (" without 0" if argument.nonzero else "")
            )
    return command


def hello(seq: int, version: int = PROTOCOL_VERSION) -> Command:
    """Open a session; stops every axis."""
    return _build(seq, Verb.HELLO, version)


def limits(seq: int, axis: str) -> Command:
    """Ask for the limits of *axis*."""
    return _build(seq, Verb.LIMITS, axis)


def state(seq: int, axis: str) -> Command:
    """Ask for the state of *axis*."""
    return _build(seq, Verb.STATE, axis)


def stats(seq: int) -> Command:
    """Ask for the board's counters."""
    return _build(seq, Verb.STATS)


def move(  # noqa: PLR0917 - the order of PROTOCOL.md
    seq: int, axis: str, motion: int, lease_ms: int, delta_counts: int, speed_cps: int
) -> Command:
    """Move by *delta_counts* from where the axis is at acceptance."""
    return _build(seq, Verb.MOVE, axis, motion, lease_ms, delta_counts, speed_cps)


def goto(  # noqa: PLR0917 - the order of PROTOCOL.md
    seq: int, axis: str, motion: int, lease_ms: int, target_counts: int, speed_cps: int
) -> Command:
    """Move to *target_counts*."""
    return _build(seq, Verb.GOTO, axis, motion, lease_ms, target_counts, speed_cps)


def spin(seq: int, axis: str, motion: int, lease_ms: int, speed_cps: int) -> Command:
    """Turn at *speed_cps*, signed, until stopped."""
    return _build(seq, Verb.SPIN, axis, motion, lease_ms, speed_cps)


def power(
    seq: int, axis: str, motion: int, lease_ms: int, duty_permille: int
) -> Command:
    """Apply *duty_permille*, signed, until stopped."""
    return _build(seq, Verb.POWER, axis, motion, lease_ms, duty_permille)


def line(  # noqa: PLR0917 - the order of PROTOCOL.md
    seq: int,
    motion: int,
    lease_ms: int,
    targets: tuple[int, int, int],
    speed_cps: int,
    accel_cps2: int,
) -> Command:
    """Move all axes together, straight, to *targets* (counts, absolute)."""
    return _build(seq, Verb.LINE, motion, lease_ms, *targets, speed_cps, accel_cps2)


def via(
    seq: int, motion: int, targets: tuple[int, int, int], speed_cps: int
) -> Command:
    """Add a line to *targets* (counts, absolute) to the running *motion*."""
    return _build(seq, Verb.VIA, motion, *targets, speed_cps)


def home(seq: int, axis: str, motion: int, lease_ms: int, speed_cps: int) -> Command:
    """Find the limit switch of *axis*."""
    return _build(seq, Verb.HOME, axis, motion, lease_ms, speed_cps)


def position_range(seq: int, axis: str) -> Command:
    """Ask for the positions that *axis* may have."""
    return _build(seq, Verb.RANGE, axis)


def keep(seq: int, axis: str, motion: int) -> Command:
    """Renew the lease of *motion*."""
    return _build(seq, Verb.KEEP, axis, motion)


def stop(seq: int, axis: str, motion: int, category: StopCategory) -> Command:
    """Stop *motion*; 0 is whatever is running."""
    return _build(seq, Verb.STOP, axis, motion, category)


def halt(seq: int, category: StopCategory) -> Command:
    """Stop every axis."""
    return _build(seq, Verb.HALT, category)


def zero(seq: int, axis: str, position_counts: int) -> Command:
    """Declare the present position to be *position_counts*."""
    return _build(seq, Verb.ZERO, axis, position_counts)


def clear(seq: int, axis: str) -> Command:
    """Leave `faulted`."""
    return _build(seq, Verb.CLEAR, axis)
