"""`trace.gtkw`: which waveforms GTKWave shows at first, and how."""

import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

from vcd.gtkw import GTKWColor, GTKWFlag, GTKWSave

from deadstop.report.vcd_changes import Form, Signal

__all__ = ["write_save"]

_FORMATS: Final = {
    Form.WIRE: "bin",
    Form.REAL: "real",
    Form.TEXT: "ascii",
}
_ANALOG: Final = GTKWFlag.analog_step | GTKWFlag.analog_fullscale
_ROWS: Final = 3  # height of an analog waveform, in lines of text
_PS_PER_TICK: Final = 100  # GTKWave counts in the unit of the time scale
_FRAMES: Final = 4.5  # of 2**-zoom units each, in a window of that size
_RED: Final = ("struck", "operation_cancelled", "drive_off", "lost_steps", "reset")


def write_save(
    path: Path,
    dump_name: str,
    signals: Mapping[str, Signal],
    *,
    end_tick: int,
    mark_tick: int | None,
) -> None:
    """Write *path*: open ``gtkwave DUMP SAVE`` in its folder.

    All up to *end_tick* is in sight, and the marker is at *mark_tick*, if at all.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("w", encoding="ascii") as file:
        save = GTKWSave(file)
        save.dumpfile(dump_name, abspath=False)
        save.size(1600, 1000)
        shown_ps = max(end_tick, 1) * _PS_PER_TICK
        mark_ps = -1 if mark_tick is None else mark_tick * _PS_PER_TICK
        save.zoom_markers(-math.log2(shown_ps / _FRAMES), mark_ps)
        save.signals_width(340)
        save.treeopen("deadstop")
        for scope, names in groupby(signals, key=lambda name: name.partition(".")[0]):
            with save.group(scope):
                _write_group(save, names, signals)


def _write_group(
    save: GTKWSave, names: Iterable[str], signals: Mapping[str, Signal]
) -> None:
    for name in names:
        leaf = name.partition(".")[2]
        form = signals[name].form
        save.trace(
            f"deadstop.{name}",
            alias=leaf,
            color=GTKWColor.red if leaf.endswith(_RED) else GTKWColor.normal,
            datafmt=_FORMATS[form],
            extraflags=_ANALOG if form is Form.REAL else GTKWFlag.none,
        )
        if form is Form.REAL:
            for _ in range(_ROWS - 1):
                save.blank(analog_extend=True)
