"""`trace.vcd`: the trace of a simulated chip as waveforms, exact to the CPU cycle.

For GTKWave, PulseView and every other viewer of Value Change Dumps (IEEE 1364, 18).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from vcd import VCDWriter

from deadstop.axes import on_board
from deadstop.report.vcd_changes import (
    TICKS_PER_CYCLE,
    Form,
    Signal,
    changes_of,
    has_cycles,
    signals_of,
)
from deadstop.report.vcd_save import write_save
from deadstop.trace import Trace

__all__ = ["FILE_NAME", "SAVE_NAME", "write_vcd", "write_waves"]

FILE_NAME: Final = "trace.vcd"
SAVE_NAME: Final = "trace.gtkw"
_TRACE_NAME: Final = "trace.jsonl"
_TIMESCALE: Final = "100 ps"  # what `TICKS_PER_CYCLE` counts

# It travels in the file: who opens it in PulseView has to know the factor, or gets ten
# thousand million samples a second.
_COMMENT: Final = (
    "UART: 117647 baud, 8N1, idle high. In PulseView and sigrok-cli import with "
    f"downsample={TICKS_PER_CYCLE}: one sample a CPU cycle."
)


def write_waves(folder: Path) -> None:
    """Write a VCD beside each trace in *folder* that knows CPU cycles.

    Of several boards it is the rig's `[board]`: no two have their cycles in common.

    Raises:
        TraceFileError: a trace cannot be read.
        OSError: a file cannot be written.
    """
    for path in sorted(folder.rglob(_TRACE_NAME)):
        trace = Trace(e for e in Trace.read(path) if on_board(e, ""))
        if has_cycles(trace):
            write_vcd(trace, path.with_name(FILE_NAME))


def write_vcd(trace: Trace, path: Path) -> None:
    """Write *trace* to *path*, and beside it what GTKWave is to show of it.

    The same trace gives the same bytes.

    Raises:
        ValueError: *trace* knows no CPU cycles.
        OSError: a file cannot be written.
    """
    events = tuple(trace)
    changes = changes_of(events)
    signals = signals_of(events)
    with (
        path.open("w", encoding="ascii") as file,
        VCDWriter(
            file, timescale=_TIMESCALE, date="", comment=_COMMENT, version="deadstop"
        ) as writer,
    ):
        variables = {}
        for name in _in_order(signals):
            scope, _, leaf = f"deadstop.{name}".rpartition(".")
            form, first = signals[name].form, signals[name].first
            size_bits = 1 if form is Form.WIRE else None
            variables[name] = writer.register_var(scope, leaf, form, size_bits, first)
        for change in changes:
            if change.name in variables:
                writer.change(variables[change.name], change.tick, change.value)
        writer.flush(changes[-1].tick)
    struck = (c.tick for c in changes if c.name == "case.struck")
    write_save(
        path.with_name(SAVE_NAME),
        path.name,
        signals,
        end_tick=changes[-1].tick,
        mark_tick=next(struck, None),
    )


def _in_order(signals: Mapping[str, Signal]) -> list[str]:
    """Give no text an identifier that means something by itself.

    pyvcd counts them up from ``!``. sigrok 0.5.2, which does not know texts, would
    take the ``#`` behind one for a time. Behind four wires come eleven that are safe.
    """
    texts = [name for name, signal in signals.items() if signal.form is Form.TEXT]
    wires = [name for name, signal in signals.items() if signal.form is Form.WIRE]
    return list(dict.fromkeys([*wires[:4], *texts, *signals]))
