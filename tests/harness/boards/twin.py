"""The twin without its port: a core on explicit time, and what it said."""

from itertools import cycle

from arduino_actuators.wire import (
    AxisNotice,
    AxisReport,
    AxisState,
    BoardEvent,
    Command,
    Event,
    HostDecoder,
    HostItem,
    Refusal,
    Reply,
    Verb,
    encode_command,
)
from deadstop.boards.loopback import BoardConfig, BoardCore
from deadstop.boards.loopback.clocked import make_plant
from deadstop.boards.loopback.core import Plant
from deadstop.plant import Motor
from deadstop.trace import Event as TraceEvent
from deadstop.trace import Source

__all__ = ["RPM_150_CPS", "Twin"]

RPM_150_CPS = 8000  # counts/s at the output shaft


class Twin:
    """One board; `now_s` goes forward only by what a test does.

    Attributes:
        said: every line the board sent, with its stamp, oldest first.
        seen: every event for the trace, oldest first.
    """

    def __init__(self, axes: str = "ab", config: BoardConfig | None = None) -> None:
        """Power up at 0 s."""
        self.config = config or BoardConfig(axes=axes)
        plant = self._make_plant()
        self.motors = {n: each for n, each in plant.items() if isinstance(each, Motor)}
        self.now_s = 0.0
        self.said: list[tuple[float, HostItem]] = []
        self.seen: list[TraceEvent] = []
        self._decoder = HostDecoder()
        self._seqs = cycle(range(256))
        self.core = BoardCore(
            self.config,
            plant,
            t_s=self.now_s,
            send=self._hear,
            observe=self.seen.append,
        )

    def _make_plant(self) -> Plant:
        return make_plant(self.config)

    def _hear(self, t_s: float, data: bytes) -> None:
        self.said += [(t_s, item) for item in self._decoder.feed(data)]

    def send(self, data: bytes) -> None:
        """Let *data* arrive now."""
        self.core.receive(data, self.now_s)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds
        self.core.advance(self.now_s)

    def ask(self, verb: Verb, *args: str | int) -> Reply | Refusal:
        """Send a command; return its answer, which comes at once."""
        before = len(self.said)
        self.send(encode_command(Command(next(self._seqs), verb, args)))
        answers = [
            item for _, item in self.said[before:] if isinstance(item, Reply | Refusal)
        ]
        assert len(answers) == 1
        return answers[0]

    def hello(self) -> None:
        """Open a session."""
        assert isinstance(self.ask(Verb.HELLO, 1), Reply)

    def spin(
        self, axis: str, motion: int, speed_cps: int = RPM_150_CPS, lease_ms: int = 2000
    ) -> None:
        """Begin to turn."""
        answer = self.ask(Verb.SPIN, axis, motion, lease_ms, speed_cps)
        assert isinstance(answer, Reply)

    def move(
        self, axis: str, motion: int, delta_counts: int, speed_cps: int = RPM_150_CPS
    ) -> None:
        """Begin to move."""
        answer = self.ask(Verb.MOVE, axis, motion, 2000, delta_counts, speed_cps)
        assert isinstance(answer, Reply)

    def report(self, axis: str) -> AxisReport:
        """Ask for the state of *axis*."""
        reply = self.ask(Verb.STATE, axis)
        assert isinstance(reply, Reply)
        return AxisReport.from_reply(reply)

    def state(self, axis: str) -> AxisState:
        """The state of *axis*."""
        return self.report(axis).state

    def notices(self, axis: str | None = None) -> list[tuple[float, AxisNotice]]:
        """Every event about an axis, with its stamp."""
        axis_events = [
            (t_s, AxisNotice.from_event(item))
            for t_s, item in self.said
            if isinstance(item, Event)
            and item.event not in (BoardEvent.BOOT, BoardEvent.REJECT)
        ]
        return [(t_s, n) for t_s, n in axis_events if axis in (None, n.axis)]

    def last_notice(self, axis: str) -> AxisNotice:
        """The latest event about *axis*."""
        return self.notices(axis)[-1][1]

    def drives(self, axis: str) -> list[TraceEvent]:
        """What was seen at the pins of *axis*."""
        return [
            event
            for event in self.seen
            if event.source is Source.PINS and event.data["axis"] == axis
        ]

    def kinds(self, source: Source) -> list[str]:
        """The kinds of the events of one source."""
        return [event.kind for event in self.seen if event.source is source]
