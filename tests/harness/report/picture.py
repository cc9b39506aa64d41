"""Traces with cycles, and what is seen in the waveforms that are drawn of them."""

from dataclasses import dataclass, field
from pathlib import Path

from vcd.reader import TokenKind, tokenize

from deadstop.report.vcd import write_vcd
from deadstop.trace import Event, Scalar, Source, Trace

__all__ = [
    "CPU_HZ",
    "POWER_UP_S",
    "TICKS",
    "Picture",
    "drawn",
    "event",
    "level",
    "read",
    "uart",
]

CPU_HZ = 16_000_000
TICKS = 625  # of 100 ps, in a cycle
POWER_UP_S = 6155.25

Value = int | float | str
Wave = list[tuple[int, Value]]


def event(cycle: int, source: Source, kind: str, **data: Scalar) -> Event:
    """What an avr board tells."""
    return Event(POWER_UP_S + cycle / CPU_HZ, source, kind, {**data, "cycle": cycle})


def uart(cycle: int, line: str, data: bytes) -> Event:
    """Bytes back to back."""
    return event(cycle, Source.PINS, "uart", line=line, hex=data.hex())


def level(cycle: int, signal: str, to: int, axis: str = "a") -> Event:
    """An edge of a pin."""
    return event(
        cycle,
        Source.PINS,
        "level",
        pin="D9",
        signal=f"{signal} {axis}",
        axis=axis,
        level=to,
    )


@dataclass
class Picture:
    """A VCD, read back.

    Attributes:
        waves: of each signal, ``SCOPE.NAME``: its changes, the first value at 0.
        ids: the identifier of each signal.
    """

    timescale: str = ""
    end_tick: int = 0
    waves: dict[str, Wave] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def at(self, name: str, tick: int) -> Value:
        """The value of a signal at an instant."""
        return [value for t, value in self.waves[name] if t <= tick][-1]

    def edges(self, name: str) -> Wave:
        """The changes of a signal, without what it began as."""
        return self.waves[name][1:]


def read(path: Path) -> Picture:
    """Read a VCD with pyvcd's own reader."""
    picture = Picture()
    names: dict[str, str] = {}
    scopes: list[str] = []
    now = 0
    with path.open("rb") as file:
        for token in tokenize(file):
            match token.kind:
                case TokenKind.TIMESCALE:
                    picture.timescale = str(token.timescale)
                case TokenKind.SCOPE:
                    scopes.append(token.scope.ident)
                case TokenKind.UPSCOPE:
                    scopes.pop()
                case TokenKind.VAR:
                    name = ".".join([*scopes[1:], token.var.reference])
                    assert scopes[0] == "deadstop"
                    names[token.var.id_code] = name
                    picture.ids[name] = token.var.id_code
                    picture.waves[name] = []
                case TokenKind.CHANGE_TIME:
                    assert token.time_change >= now
                    now = picture.end_tick = token.time_change
                case TokenKind.CHANGE_SCALAR:
                    bit = token.scalar_change.value
                    value: Value = int(bit) if bit in "01" else bit
                    picture.waves[names[token.scalar_change.id_code]].append(
                        (now, value)
                    )
                case TokenKind.CHANGE_REAL:
                    picture.waves[names[token.real_change.id_code]].append(
                        (now, token.real_change.value)
                    )
                case TokenKind.CHANGE_STRING:
                    text = token.string_change.value
                    assert text.isascii()
                    plain = text.replace("\\x20", " ").replace("\\\\", "\\")
                    picture.waves[names[token.string_change.id_code]].append(
                        (now, plain)
                    )
                case _:
                    pass
    return picture


def drawn(folder: Path, *events: Event) -> Picture:
    """Write a VCD of *events* and read it back."""
    path = folder / "trace.vcd"
    write_vcd(Trace(events), path)
    return read(path)
