"""Commands to the board, one in flight at a time, and their answers.

Does no I/O and runs no task: it is driven by what the link hears, and by one timer for
each command in flight.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Final

from arduino_actuators.errors import (
    ActuatorError,
    CommandRefusedError,
    MotionDroppedError,
    NoAnswerError,
)
from arduino_actuators.wire import (
    MAX_FRAME_BYTES,
    OVERTAKEN_VERBS,
    SESSION_VERBS,
    Command,
    ErrorCode,
    Refusal,
    Reply,
    Verb,
    encode_command,
)

__all__ = ["CommandQueue", "repeat_after_s"]

# Three frame slots: the command, and two repeats.
TRIES: Final = 3
# The longest way through a USB serial chip and back (FTDI latency timer 16 ms, 16U2
# 4 ms), and as much again for a busy host.
TURNAROUND_S: Final = 0.05
BITS_PER_BYTE: Final = 10  # 8 data bits, start and stop bit

_SEND_AGAIN: Final = frozenset({ErrorCode.BAD_FRAME, ErrorCode.BAD_CHECKSUM})
_DRIVING: Final = OVERTAKEN_VERBS | {Verb.KEEP}
_HINTS: Final = {
    ErrorCode.FAULTED: 'send the do_command {"command": "clear_fault"} once it is safe',
    ErrorCode.BUSY: "stop the axis first",
    ErrorCode.LIMIT: 'see the do_command {"command": "limits"}',
    ErrorCode.UNABLE: "a motor needs the motor board's firmware, an arm the arm's",
}


def repeat_after_s(baud: int) -> float:
    """Return after how long an answer is overdue, in seconds."""
    return TURNAROUND_S + 2 * MAX_FRAME_BYTES * BITS_PER_BYTE / baud


@dataclass(slots=True, eq=False)
class _Exchange:
    """One command and its answer."""

    command: Command
    answer: asyncio.Future[Reply]
    within_s: float
    frame: bytes = b""
    give_up_at_s: float = 0.0
    times_sent: int = 0
    timer: asyncio.TimerHandle | None = field(default=None)

    def __str__(self) -> str:
        return " ".join([self.command.verb, *map(str, self.command.args)])

    def fail(self, error: ActuatorError) -> None:
        """End it without an answer."""
        if self.timer is not None:
            self.timer.cancel()
        if not self.answer.done():
            self.answer.set_exception(error)


class CommandQueue:
    """Sends commands in turn, repeats what was not answered, matches the answers."""

    def __init__(self, write: Callable[[bytes], None], repeat_s: float) -> None:
        """Send frames by *write*; repeat one that has no answer after *repeat_s*."""
        self._write = write
        self._repeat_s = repeat_s
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Exchange] = deque()
        self._in_flight: dict[int, _Exchange] = {}
        self._seq = 0

    @property
    def busy(self) -> bool:
        """Whether a frame is on its way, or may be."""
        return bool(self._in_flight)

    def submit(
        self,
        verb: Verb,
        *args: str | int,
        within_s: float | None = None,
        at_once: bool = False,
    ) -> asyncio.Future[Reply]:
        """Send a command when it is its turn, and return the future of its answer.

        Args:
            verb: what to do.
            *args: its arguments, as in PROTOCOL.md.
            within_s: how long to repeat it without an answer; three tries if None.
            at_once: do not wait for the command in flight (stops).

        Raises:
            ValueError: an argument is not of its kind; nothing is sent.
        """
        command = Command(0, verb, args)
        encode_command(command)
        if within_s is None:
            within_s = TRIES * self._repeat_s
        answer: asyncio.Future[Reply] = self._loop.create_future()
        exchange = _Exchange(command, answer, within_s)
        if at_once:
            self._send(exchange)
        else:
            self._waiting.append(exchange)
            self._send_next()
        return answer

    def one_off_frame(self, verb: Verb, *args: str | int) -> bytes:
        """Return a frame whose answer nobody waits for, for the caller to send."""
        return encode_command(Command(self._take_seq(), verb, args))

    def withdraw(self, answer: asyncio.Future[Reply]) -> bool:
        """Take back a command that still waits for its turn; False if it was sent."""
        for exchange in self._waiting:
            if exchange.answer is answer:
                self._waiting.remove(exchange)
                exchange.fail(MotionDroppedError(f"{exchange} was withdrawn"))
                return True
        return False

    def hear(self, message: Reply | Refusal) -> None:
        """Give an answer to the command it belongs to, and send the next."""
        exchange = self._in_flight.get(message.seq)
        if exchange is None:
            return  # a repeat of an answer, or of a command that was given up
        if isinstance(message, Refusal):
            if message.code in _SEND_AGAIN and self._within_time(exchange):
                self._put(exchange)
                return
            hint = _HINTS.get(message.code, "")
            exchange.fail(CommandRefusedError(f"{exchange}", message.code, hint))
        elif not exchange.answer.done():
            exchange.answer.set_result(message)
        self._retire(exchange)

    def resend(self) -> None:
        """Send what is in flight once more: it may not have got through."""
        for exchange in tuple(self._in_flight.values()):
            if not exchange.answer.done():
                self._put(exchange)

    def hear_reject(self) -> None:
        """Send again what the board threw away, unless its time is over."""
        for exchange in tuple(self._in_flight.values()):
            if not exchange.answer.done() and self._within_time(exchange):
                self._put(exchange)

    def drop_driving(self, axes: Collection[str]) -> None:
        """Never send (again) what drives *axes*: motions, and renewals of leases."""
        if not (self._waiting or self._in_flight):
            return

        def drives(command: Command) -> bool:
            # A line, which names no axis, has them all.
            hit = command.axis is None or command.axis in axes
            return hit and command.verb in _DRIVING

        self._fail_where(
            drives, lambda text: MotionDroppedError(f"a stop overtook {text}")
        )

    def fail_session(self, error: ActuatorError) -> None:
        """Fail what needs a session; the rest is sent again to the new one."""
        self._fail_where(lambda command: command.verb in SESSION_VERBS, lambda _: error)
        self.resend()

    def fail_all(self, error: ActuatorError) -> None:
        """Fail everything: nobody is there to answer."""
        self._fail_where(lambda _: True, lambda _: error)

    def _fail_where(
        self,
        condition: Callable[[Command], bool],
        error: Callable[[str], ActuatorError],
    ) -> None:
        for exchange in tuple(self._waiting):
            if condition(exchange.command):
                self._waiting.remove(exchange)
                exchange.fail(error(str(exchange)))
        for seq, exchange in tuple(self._in_flight.items()):
            if condition(exchange.command):
                del self._in_flight[seq]
                exchange.fail(error(str(exchange)))
        if self._waiting:
            self._loop.call_soon(self._send_next)

    def _take_seq(self) -> int:
        seq, self._seq = self._seq, (self._seq + 1) % 256
        return seq

    def _send_next(self) -> None:
        while self._waiting and not self._in_flight:
            exchange = self._waiting.popleft()
            if not exchange.answer.done():  # else its waiter has gone
                self._send(exchange)

    def _send(self, exchange: _Exchange) -> None:
        command = replace(exchange.command, seq=self._take_seq())
        exchange.command = command
        exchange.frame = encode_command(command)
        exchange.give_up_at_s = self._loop.time() + exchange.within_s
        self._in_flight[command.seq] = exchange
        self._put(exchange)

    def _put(self, exchange: _Exchange) -> None:
        if exchange.timer is not None:
            exchange.timer.cancel()
        exchange.times_sent += 1
        now_s = self._loop.time()
        due_s = min(now_s + self._repeat_s, max(exchange.give_up_at_s, now_s))
        exchange.timer = self._loop.call_at(due_s, self._overdue, exchange)
        self._write(exchange.frame)

    def _within_time(self, exchange: _Exchange) -> bool:
        return self._loop.time() < exchange.give_up_at_s

    def _overdue(self, exchange: _Exchange) -> None:
        if exchange.answer.done():  # its waiter has gone: do not repeat it
            self._retire(exchange)
        elif self._within_time(exchange):
            self._put(exchange)
        else:
            sent = f"it was sent {exchange.times_sent} times"
            within = f"within {exchange.within_s:.2g} s"
            exchange.fail(
                NoAnswerError(
                    f"the board did not answer {str(exchange)!r} {within}; {sent}: "
                    "check its power, the cable and the baud rate"
                )
            )
            self._retire(exchange)

    def _retire(self, exchange: _Exchange) -> None:
        if exchange.timer is not None:
            exchange.timer.cancel()
        self._in_flight.pop(exchange.command.seq, None)
        self._send_next()
