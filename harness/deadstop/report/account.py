"""The last moments of a case, as a person reads them: steps, wire, pins, in order."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deadstop.trace import Event, Source, Trace

__all__ = ["Line", "account"]

_SITE: Final = f"site-packages{os.sep}"
_STDLIB: Final = f"{Path(os.__file__).parent}{os.sep}"
_SHOWN: Final = {
    Source.JUDGE: frozenset({"strike", "thaw", "caller-thaw", "host-ended"}),
    Source.CLIENT: frozenset({"call-returned"}),
    Source.SERVER: frozenset(
        {"call-begun", "call-cancelled", "call-ended", "lost-exception", "loop-lag"}
    ),
    Source.LINK: frozenset(
        {
            "motion",
            "keep",
            "stop",
            "query",
            "ack",
            "refused",
            "board-event",
            "garbled",
            "opened",
            "closed",
            "unplugged",
            "fault",
        }
    ),
    Source.BOARD: frozenset({"stop-byte", "lease-expired", "boot"}),
    Source.PINS: frozenset({"drive"}),
    Source.SHAFT: frozenset({"moving", "standstill"}),
}
_HIDDEN_KEYS: Final = frozenset({"frame_bytes", "cycle", "t_s"})
_STYLES: Final = {
    Source.JUDGE: "bold red",
    Source.LINK: "cyan",
    Source.PINS: "yellow",
    Source.SHAFT: "yellow",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account, and how it is to look."""

    text: str
    style: str


def account(
    trace: Trace, steps: Sequence[Mapping[str, Any]], around: int
) -> Iterator[Line]:
    """Tell what happened from some steps before the first strike on.

    Args:
        trace: of the case.
        steps: what the loop did, from `deadstop.virtual.replay.Replay.play`.
        around: how many steps to tell before the strike, and how many behind it.
    """
    strike = next(
        (e for e in trace if e.source is Source.JUDGE and e.kind == "strike"), None
    )
    if strike is None:
        yield Line("nothing ever struck", "bold red")
        return
    before = [step for step in steps if step["t_s"] <= strike.t_s][-around - 1 :]
    behind = [step for step in steps if step["t_s"] > strike.t_s][:around]
    told = before + behind
    from_s = told[0]["t_s"] if told else strike.t_s
    rows = [(float(step["t_s"]), 0, _step(step), "") for step in told]
    last_s = rows[-1][0] if rows else strike.t_s
    rows += [
        (event.t_s, 1, _event(event), _STYLES.get(event.source, ""))
        for event in trace
        if event.kind in _SHOWN[event.source] and _is_told(event, from_s, last_s)
    ]
    for t_s, _, text, style in sorted(rows, key=lambda row: row[:2]):
        yield Line(f"{(t_s - strike.t_s) * 1000:+10.3f} ms  {text}", style)


def _is_told(event: Event, from_s: float, last_s: float) -> bool:
    # Behind the last step that is told, only what concerns the motor.
    if event.t_s <= last_s:
        return event.t_s >= from_s
    return (
        event.source in (Source.BOARD, Source.SHAFT)
        or (event.source is Source.LINK and event.kind in ("motion", "stop"))
        or event.kind in ("call-ended", "call-returned", "lost-exception")
    )


def _step(step: Mapping[str, Any]) -> str:
    number = f"step {step['step']}" if step["step"] >= 0 else "then"
    strike = f"   <== {step['strike']} strikes before this" if step["strike"] else ""
    return f"{number:<9} {_short(step['what'])}{strike}"


def _short(text: str) -> str:
    """Shorten the paths in *text*: below the present folder, or a package's."""
    for folder in (_SITE, _STDLIB, f"{Path.cwd()}{os.sep}"):
        text = re.sub(rf"[^ (]*{re.escape(folder)}", "", text)
    return text


def _event(event: Event) -> str:
    facts = ", ".join(
        f"{key} {value}"
        for key, value in event.data.items()
        if key not in _HIDDEN_KEYS and value not in (None, "", False)
    )
    return f"  {event.source.value:<7} {event.kind}: {facts}"
