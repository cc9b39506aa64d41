"""What a trace with CPU cycles shows: the signals, and each change of one."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias

from arduino_actuators.wire import AXES
from deadstop.report.vcd_uart import Run, line_edges, line_texts
from deadstop.trace import Event, Scalar, Source

__all__ = [
    "TICKS_PER_CYCLE",
    "Change",
    "Form",
    "Signal",
    "changes_of",
    "has_cycles",
    "signals_of",
]

CPU_HZ: Final = 16_000_000  # Arduino Uno
_TICKS_PER_S: Final = 10**10  # a VCD has 1, 10 or 100 of a unit; a cycle is 62.5 ns
TICKS_PER_CYCLE: Final = _TICKS_PER_S // CPU_HZ
_RESET_SHOWN_CYCLES: Final = CPU_HZ // 1000  # it takes no time; a pulse can be seen
_MOST: Final = 2**53  # no figure of a trace comes near it; a float holds it
_MOST_CHARACTERS: Final = 256  # as long as a line from the board may be

Value: TypeAlias = int | float | str


class Form(StrEnum):
    """What a signal is; the names are those of a VCD."""

    WIRE = "wire"
    REAL = "real"
    TEXT = "string"


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal.

    Attributes:
        first: what it is until its first change; ``x`` is unknown.
    """

    form: Form
    first: Value


@dataclass(frozen=True, slots=True)
class Change:
    """A signal takes a value; a tick is 100 ps."""

    tick: int
    name: str
    value: Value


_LOW: Final = Signal(Form.WIRE, 0)
_HIGH: Final = Signal(Form.WIRE, 1)
_UNSEEN: Final = Signal(Form.WIRE, "x")
_TEXT: Final = Signal(Form.TEXT, "")
_REAL: Final = Signal(Form.REAL, 0.0)

_OF_THE_BOARD: Final = {
    "case.motion": _TEXT,
    "case.moment": _TEXT,
    "case.trigger": _TEXT,
    "case.struck": _LOW,
    "case.operation_cancelled": _LOW,
    "host.rxd": _HIGH,  # a UART idles high
    "host.host_line": _TEXT,
    "board.txd": _HIGH,
    "board.board_line": _TEXT,
    "board.command": _TEXT,
    "board.event": _TEXT,
    "board.reset": _LOW,
}
_OF_A_MOTOR: Final = {
    "state": _TEXT,
    "drive_off": _HIGH,
    "drive_permille": _REAL,  # whole, but sigrok 0.5.2 reads no file with vectors
    "direction": _UNSEEN,
    "brake": _UNSEEN,
    "pwm_on": _UNSEEN,  # the PWM pin is the timer's
    "enable": _UNSEEN,  # it is a plain output, and this is its level
    "shaft_rev_s": _REAL,
    "position_rev": _REAL,
}
_OF_A_JOINT: Final = {
    "state": _TEXT,
    "drive_off": _HIGH,
    "step": _LOW,
    "direction": _UNSEEN,
    "limit_closed": _UNSEEN,
    "steps": _REAL,
    "shaft_rev_s": _REAL,
    "position_rev": _REAL,
    "lost_steps": _LOW,  # from then on the joint is not where its steps say
}
_ENABLE_N: Final = "drivers.enable_n"  # one for all joints
_LEVELS: Final = {
    "direction": "direction",
    "brake": "brake",
    "pwm": "pwm_on",
    "enable": "enable",
}
# Of a shaft: what an event calls it, and the signal.
_FIGURES: Final = (
    ("position_rev", "position_rev"),
    ("speed_rev_s", "shaft_rev_s"),
    ("steps", "steps"),
)
# The chip's name of a line, and whose line it is to a person.
_LINES: Final = (("rx", "host", "rxd"), ("tx", "board", "txd"))
_GAP: Final = re.compile(r"[0-9]{1,15}", re.ASCII)  # cycles between two edges
_WORDS: Final = ("verb", "event", "name", "axis", "motion", "cause")


def has_cycles(events: Iterable[Event]) -> bool:
    """Whether pins were seen by the CPU cycle, so that there is something to show."""
    return any(e.source is Source.PINS and _cycle(e) is not None for e in events)


def signals_of(events: Iterable[Event]) -> dict[str, Signal]:
    """Return every signal by its name, ``SCOPE.NAME``, in the order to show them.

    No two have the same NAME: PulseView shows nothing else.
    """
    signals = dict(_OF_THE_BOARD)
    levels: dict[str, int] = {}
    axes = set()
    stepped = False
    for event in events:
        if axis := _axis(event):
            axes.add(axis)
        stepped = stepped or _is_of_a_joint(event)
        for name, value in _pin(event):
            levels.setdefault(name, value)
    if stepped:
        signals[_ENABLE_N] = _HIGH
    for axis in sorted(axes):
        of_an_axis = _OF_A_JOINT if stepped else _OF_A_MOTOR
        signals |= {_named(axis, name): s for name, s in of_an_axis.items()}
    for name, level in levels.items():  # a first edge tells what was before it
        if name in signals:
            signals[name] = replace(signals[name], first=1 - level)
    return signals


def changes_of(events: Iterable[Event]) -> list[Change]:
    """Return every change, in order; tick 0 is the chip's power-up.

    What has no cycle (the trigger, say) is placed by its stamp: the chip's and the
    host's are of one clock. If something was noted before the power-up, tick 0 is that.
    What is not of its kind in an event is left out.

    Raises:
        ValueError: no event has a cycle.
    """
    events = tuple(events)
    power_up_s = _power_up_s(events)
    changes = []
    for event in events:
        cycle = _cycle(event)
        if cycle is None:
            tick = round((event.t_s - power_up_s) * _TICKS_PER_S)
        else:
            tick = cycle * TICKS_PER_CYCLE
        changes += [Change(tick, name, value) for name, value in _shown(event)]
        if event.source is Source.BOARD and event.kind == "boot":
            until_tick = tick + _RESET_SHOWN_CYCLES * TICKS_PER_CYCLE
            changes.append(Change(until_tick, "board.reset", 0))
        changes += _pulses(event)
    for line, scope, pin in _LINES:
        changes += _line(events, line, scope, pin)
    changes.sort(key=lambda change: change.tick)
    early_ticks = min(0, changes[0].tick) if changes else 0
    return [replace(c, tick=c.tick - early_ticks) for c in changes]


def _power_up_s(events: Iterable[Event]) -> float:
    for event in events:
        cycle = _cycle(event)
        if cycle is not None:
            return event.t_s - cycle / CPU_HZ
    raise ValueError("this trace knows no CPU cycles: there is nothing to show")


def _shown(event: Event) -> Iterator[tuple[str, Value]]:
    """Yield what an event changes, apart from the lines."""
    match event.source:
        case Source.PINS:
            yield from _pin(event)
            yield from _drive(event)
        case Source.SHAFT:
            yield from _shaft(event)
        case Source.BOARD:
            yield from _said(event)
        case Source.SERVER if event.kind == "call-cancelled":
            yield "case.operation_cancelled", 1
        case Source.JUDGE:
            yield from _judged(event)
        case _:
            pass


def _is_of_a_joint(event: Event) -> bool:
    """Whether *event* tells that what is plugged on steps the joints of an arm."""
    if event.source is Source.PINS:
        return event.kind in ("pulses", "limit") or _is_enable_of_all(event)
    return event.source is Source.SHAFT and "steps" in event.data


def _is_enable_of_all(event: Event) -> bool:
    return event.kind == "level" and event.data.get("signal") == "enable *"


def _pin(event: Event) -> Iterator[tuple[str, int]]:
    if event.source is not Source.PINS:
        return
    axis = _axis(event)
    if event.kind == "limit" and axis:
        closed = event.data.get("closed")
        if isinstance(closed, bool):
            yield _named(axis, "limit_closed"), int(closed)
    elif event.kind == "level":
        signal = str(event.data.get("signal")).partition(" ")[0]
        level = _integer(event, "level")
        if level not in (0, 1):
            return
        if _is_enable_of_all(event):
            yield _ENABLE_N, level
        elif axis and signal in _LEVELS:
            yield _named(axis, _LEVELS[signal]), level


def _pulses(event: Event) -> Iterator[Change]:
    """Yield each edge of a step pin."""
    axis, cycle, level = _axis(event), _cycle(event), _integer(event, "level")
    if not (event.source is Source.PINS and event.kind == "pulses" and axis):
        return
    gaps = str(event.data.get("gaps")).split()
    if cycle is None or level not in (0, 1) or not all(map(_GAP.fullmatch, gaps)):
        return
    name = _named(axis, "step")
    yield Change(cycle * TICKS_PER_CYCLE, name, level)
    for gap_cycles in map(int, gaps):
        cycle += gap_cycles
        level = 1 - level
        yield Change(cycle * TICKS_PER_CYCLE, name, level)


def _drive(event: Event) -> Iterator[tuple[str, int]]:
    duty_permille = _integer(event, "duty_permille")
    if event.kind == "drive" and (axis := _axis(event)) and duty_permille is not None:
        yield _named(axis, "drive_off"), int(duty_permille == 0)
        yield _named(axis, "drive_permille"), duty_permille


def _shaft(event: Event) -> Iterator[tuple[str, float]]:
    if not (axis := _axis(event)):
        return
    if event.kind == "lost":
        yield _named(axis, "lost_steps"), 1
        return
    for key, name in _FIGURES:
        figure = event.data.get(key)
        if isinstance(figure, int | float) and math.isfinite(figure):
            yield _named(axis, name), float(figure)
    if event.kind == "standstill":
        yield _named(axis, "shaft_rev_s"), 0.0


def _said(event: Event) -> Iterator[tuple[str, Value]]:
    axis = _axis(event)
    match event.kind:
        case "state" if axis:
            yield _named(axis, "state"), _text(event.data.get("state"))
        case "command":
            # With SEQ: two alike are two.
            yield "board.command", _text(f"{_words(event)} seq {event.data.get('seq')}")
        case "event":
            yield "board.event", _text(_words(event))
        case "boot":
            yield "board.reset", 1
            yield "board.event", _text(f"boot {event.data.get('cause')}")
        case _:
            yield "board.event", _text(f"{event.kind} {_words(event)}")


def _judged(event: Event) -> Iterator[tuple[str, Value]]:
    data = event.data
    match event.kind:
        case "case":
            yield "case.motion", _text(data.get("motion"))
        case "moment":
            yield "case.moment", _text(data.get("moment"))
        case "strike":
            yield "case.trigger", _text(data.get("trigger"))
            yield "case.struck", 1
        case _:
            pass


def _line(events: Iterable[Event], line: str, scope: str, pin: str) -> Iterator[Change]:
    runs = sorted(_runs(events, line), key=lambda run: run.cycle)
    for cycle, level in line_edges(runs):
        yield Change(cycle * TICKS_PER_CYCLE, f"{scope}.{pin}", level)
    for begun, ended, text in line_texts(runs, to_board=line == "rx"):
        name = f"{scope}.{scope}_line"
        shown = _text(text.decode("latin-1").rstrip("\r\n"))
        # In this order: one line may begin in the very cycle in which another ends.
        yield Change(begun * TICKS_PER_CYCLE, name, shown)
        yield Change(ended * TICKS_PER_CYCLE, name, "")


def _runs(events: Iterable[Event], line: str) -> Iterator[Run]:
    for event in events:
        cycle = _cycle(event)
        if (
            event.source is Source.PINS
            and event.kind == "uart"
            and event.data.get("line") == line
            and cycle is not None
        ):
            try:
                data = bytes.fromhex(str(event.data.get("hex")))
            except ValueError:
                continue
            yield Run(cycle, data)


def _named(axis: str, name: str) -> str:
    return f"axis_{axis}.{axis}_{name}"


# Facts of an event, if they are of their kind.


def _axis(event: Event) -> str:
    axis = event.data.get("axis")
    return axis if isinstance(axis, str) and len(axis) == 1 and axis in AXES else ""


def _cycle(event: Event) -> int | None:
    cycle = _integer(event, "cycle")
    return None if cycle is None or cycle < 0 else cycle


def _integer(event: Event, key: str) -> int | None:
    value = event.data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) <= _MOST else None


def _words(event: Event) -> str:
    facts = (event.data.get(key) for key in _WORDS)
    return " ".join(str(fact) for fact in facts if fact is not None)


def _text(value: Scalar) -> str:
    """Return *value* as a VCD can hold it: printable ASCII; pyvcd escapes spaces."""
    return "".join(
        character if " " <= character <= "~" else ascii(character)[1:-1]
        for character in str(value)
    )[:_MOST_CHARACTERS]
