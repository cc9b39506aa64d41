"""A real board, for one case: its port is open from its making until `close`."""

import threading
import time
from collections.abc import Callable
from typing import Final, NoReturn, Protocol

from arduino_actuators.wire import BootCause
from deadstop.boards import BoardError
from deadstop.boards.serial.opened import OpenPort
from deadstop.boards.serial.witness import ReportWitness
from deadstop.boards.unsimulated import UnsimulatedBoard
from deadstop.errors import DeadstopError, LinkFaultError
from deadstop.trace import Event

__all__ = ["SerialBoard", "Writer"]

# A burst of two axes takes 9 ms at 115,200 baud, of three 12 ms: while it lasts an
# answer to the component waits. Between two, the line is the component's.
SAMPLE_EVERY_S: Final = 0.015
LOST_AFTER_S: Final = 0.1  # a burst that has not come by then comes no more
# Whoever waits for these cannot tell the guardian of it: less than any `guardian_ms`.
FIRST_WITHIN_S: Final = 0.5
POSITION_WITHIN_S: Final = 0.5
QUESTION: Final = b"?"


class Writer(Protocol):
    """What a tap can do for the harness: slip bytes in between the component's."""

    def slip_in(self, data: bytes) -> None:
        """Write *data* behind what is on its way to the board already.

        Raises:
            OSError: the port is gone.
        """


class SerialBoard(UnsimulatedBoard):
    """A board with shafts of its own, asked all the time what they do.

    The tap has the port: `attach` gives the board its tap, whose events it `hear`s.
    """

    def __init__(
        self,
        port: OpenPort,
        name: str,
        axes: str,
        witness: ReportWitness,
        *,
        reset: Callable[[BootCause], None] | None = None,
        unguard: Callable[[], None] = lambda: None,
    ) -> None:
        """Use an open port, which is closed with this.

        Args:
            port: with the proven board behind it.
            name: of the port, for people.
            axes: the letters of its axes.
            witness: hears its tap.
            reset: resets it, where something can.
            unguard: tells its guardian that it is at rest.
        """
        self.axes = axes
        self.path = name
        self._port = port
        self._witness = witness
        self._reset = reset
        self._unguard = unguard
        self._ending = threading.Event()
        self._sampler: threading.Thread | None = None
        self._closed = False
        self._lost = ""

    @property
    def master(self) -> int:
        """The descriptor of the port, for the tap."""
        return self._port.fd

    @property
    def worst_lateness_s(self) -> float:
        """By how much it was late for the real clock: it is real."""
        return 0.0

    def hear(self, event: Event) -> None:
        """Hear an event of the tap on its link."""
        self._witness.hear(event)

    def attach(self, tap: Writer) -> None:
        """Begin to ask, through *tap*, and return with the first answer.

        Raises:
            LinkFaultError: there is none.
        """
        began_s = time.monotonic()
        self._sampler = threading.Thread(
            target=self._sample, args=(tap,), name="serial-sampler", daemon=True
        )
        self._sampler.start()
        if not self._witness.wait_answer(began_s, FIRST_WITHIN_S):
            raise LinkFaultError(
                f"the board at {self.path} does not answer `?` within "
                f"{FIRST_WITHIN_S:g} s: nobody could tell whether it rests"
            )

    def at_rest(self) -> bool:
        """Whether every drive is off and every shaft still, by the board's own word."""
        return self._witness.at_rest(time.monotonic())

    def confirmed_at_rest(self) -> None:
        """Take it from under guard; only where it has been seen at rest."""
        self._unguard()

    def shaft_position_rev(self, axis: str) -> float:
        """Angle of a shaft since the case began, by the board's own counts, now.

        Raises:
            KeyError: there is no such axis.
            LinkFaultError: the board does not answer.
        """
        if self._lost:
            raise LinkFaultError(f"the port {self.path} is lost: {self._lost}")
        if not self._witness.wait_answer(time.monotonic(), POSITION_WITHIN_S):
            raise LinkFaultError(
                f"the board at {self.path} has not answered for {POSITION_WITHIN_S:g} "
                "s: nobody knows where its shafts are"
            )
        return self._witness.position_rev(axis)

    def reset(self, cause: BootCause) -> None:
        """Reset it, where the rig says how.

        Raises:
            BoardError: nobody can.
        """
        if self._reset is None:
            self._cannot(f"be reset ({cause.value}) by anything but a hand")
        self._reset(cause)

    def check(self) -> None:
        """Raise what went wrong; the tap tells of what can."""

    def close(self) -> None:
        """Close the port; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._ending.set()
        if self._sampler is not None:
            self._sampler.join()
        self._port.close()

    def _sample(self, tap: Writer) -> None:
        """Ask again and again; one question at a time."""
        while not self._ending.is_set():
            asked_s = time.monotonic()
            self._witness.asks(asked_s)
            try:
                tap.slip_in(QUESTION)
            except (OSError, DeadstopError) as error:
                # The tap tells of it; without answers, nothing rests.
                self._lost = getattr(error, "strerror", None) or str(error)
                return
            self._witness.wait_answer(asked_s - 1e-9, LOST_AFTER_S)
            self._ending.wait(max(0.0, asked_s + SAMPLE_EVERY_S - time.monotonic()))

    def _cannot(self, what: str) -> NoReturn:
        raise BoardError(f"the real board at {self.path} cannot {what}")
