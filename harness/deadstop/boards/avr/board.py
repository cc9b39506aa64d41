"""The real firmware in a simulated AVR, behind a pseudo-terminal, on the real clock."""

from pathlib import Path

from arduino_actuators.wire import BootCause
from deadstop.boards import BoardClosedError, BoardCrashedError
from deadstop.boards.avr.cnc_pins import no_encoder
from deadstop.boards.avr.pins import ShieldName, axes_of, known_axis
from deadstop.boards.avr.process import AvrProcess, Observe
from deadstop.boards.closable import Closable
from deadstop.trace import Scalar

__all__ = ["AvrBoard"]


class AvrBoard(Closable):
    """A board at the far end of a pseudo-terminal; powered until `close`.

    The simulation runs in a process of its own, which holds the port: what it costs
    does not delay the judge. Its time follows the real clock, never runs ahead of it,
    and lags by a turn of half a millisecond plus what that turn costs; the stamps are
    those of the simulated CPU, exact to the cycle however late the process was. Events
    come in batches, one for each turn (tests/benchmarks/test_avr_paced.py: 1 ms after
    their stamps at the median). A machine too busy for it shows in `worst_lateness_s`.
    """

    def __init__(
        self,
        elf: Path,
        *,
        observe: Observe,
        process: AvrProcess | None = None,
        shield: ShieldName = "motor",
    ) -> None:
        """Power up.

        Args:
            elf: the firmware.
            observe: called with each event for the trace, in a thread of its own; it
                must be quick, and an exception from it is a crash of the board.
            process: where to run, with no other board in it; default: one for this
                board alone, which takes longer to start.
            shield: what is plugged on: ``motor`` drives two gear motors with
                encoders, ``cnc`` steps the three joints of an arm.

        Raises:
            ValueError: there is no such shield.
            ToolchainError: the simulator does not start.
        """
        self._axes = axes_of(shield)
        self._process = process or AvrProcess()
        self._own_process = process is None
        self._closed = False
        self._has_encoders = shield == "motor"
        try:
            self._path = self._process.power_on(str(elf), observe, shield)
        except BaseException:
            if self._own_process:
                self._process.end()
            raise

    @property
    def path(self) -> str:
        """The slave of the pseudo-terminal."""
        return self._path

    @property
    def axes(self) -> str:
        """The letters of its axes."""
        return self._axes

    @property
    def worst_lateness_s(self) -> float:
        """By how much the simulation came late for what was due, at worst so far."""
        return self._process.worst_lateness_s

    @property
    def pid(self) -> int:
        """The process of the simulation."""
        return self._process.pid

    def at_rest(self) -> bool:
        """Whether every drive is off at the pins and every true shaft still.

        Raises:
            BoardCrashedError: nobody knows any more.
        """
        return bool(self._ask("at-rest"))

    def shaft_position_rev(self, axis: str) -> float:
        """True angle of a shaft since power-up, in revolutions.

        Raises:
            KeyError: naming the axes there are.
        """
        position_rev = self._ask("shaft-position", self._known(axis))
        assert isinstance(position_rev, float)  # noqa: S101 - our own process
        return position_rev

    def reset(self, cause: BootCause) -> None:
        """Reset the chip; a line half sent stays half sent."""
        self._ask("reset", cause.value)

    def unplug(self) -> None:
        """Close the pseudo-terminal; the board goes on by itself."""
        self._ask("unplug")

    def replug(self) -> str:
        """Open a new pseudo-terminal, and return its path; the old one is hung up."""
        self._path = str(self._ask("replug"))
        return self._path

    def mute(self, *, silent: bool) -> None:
        """Let nothing it sends arrive while *silent*."""
        self._ask("mute", silent)

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Hold the shaft of *axis* fast, or let it go.

        Raises:
            KeyError: naming the axes there are.
        """
        self._ask("jam-shaft", self._known(axis), jammed)

    def break_encoder(self, axis: str) -> None:
        """Let the encoder of *axis* repeat its present count for ever.

        Raises:
            KeyError: naming the axes there are.
            BoardError: they have no encoders.
        """
        if not self._has_encoders:
            raise no_encoder(self._known(axis))
        self._ask("break-encoder", self._known(axis))

    def check(self) -> None:
        """Raise what ended the simulation, if anything did.

        Raises:
            BoardCrashedError: with the reason.
        """
        try:
            self._process.check()
        except BoardCrashedError as error:
            raise self._told(error) from error.__cause__

    def close(self) -> None:
        """Power off and close the port; a second call does nothing.

        Raises:
            BoardCrashedError: if the simulation had failed; all is released even so.
        """
        if self._closed:
            return
        try:
            self._ask("power-off")
        finally:
            self._closed = True
            if self._own_process:
                self._process.end()

    def _ask(self, word: str, *args: Scalar) -> Scalar:
        """Have *word* done between two turns, and return its answer.

        Raises:
            BoardClosedError: after `close`.
            BoardCrashedError: the simulation has failed, or hangs.
        """
        if self._closed:
            raise BoardClosedError(f"avr board {self._path} is closed")
        try:
            return self._process.ask(word, *args)
        except BoardCrashedError as error:
            raise self._told(error) from error.__cause__

    def _known(self, axis: str) -> str:
        return known_axis(axis, self.axes)

    def _told(self, error: BoardCrashedError) -> BoardCrashedError:
        return BoardCrashedError(
            f"avr board {self._path} crashed: {error}; "
            "discard what was measured with it"
        )
