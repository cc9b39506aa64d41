"""Harm that the harness does to a component on purpose, to see the laws broken."""

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deadstop.link.harm import LinkHarm
from deadstop.trace import Event, Source

if TYPE_CHECKING:
    from deadstop.bench import Bench

__all__ = ["Harm"]


@dataclass(frozen=True, slots=True)
class Harm:
    """What is done in one case.

    Attributes:
        link: to the component's messages.
        freeze_at: the judge's event at which the component's process is frozen, for
            good; empty for never.
        cuts: the component whose port is taken away at the strike; empty for none.
    """

    link: LinkHarm | None = None
    freeze_at: str = ""
    cuts: str = ""

    def begin(self, bench: "Bench") -> None:
        """Do it on *bench*, when it is time."""

        def hear(event: Event) -> None:
            # A strike of a caller's is told by the caller, in the judge's name.
            if event.source is not Source.JUDGE:
                return
            if event.kind == self.freeze_at:
                bench.signal_host(signal.SIGSTOP)
            elif event.kind == "strike" and self.cuts:
                bench.unplug(self.cuts)

        if self.freeze_at or self.cuts:
            bench.trace.listen(hear)
