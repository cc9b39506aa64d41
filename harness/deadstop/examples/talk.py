"""Questions to a device and their answers; a stop waits for neither."""

import asyncio
from collections import deque
from typing import Final

from arduino_actuators.errors import LinkLostError, NoAnswerError
from arduino_actuators.link.port import SerialPort

__all__ = ["LineTalk", "PacketTalk", "Talk"]

ANSWERED_WITHIN_S: Final = 0.5
_Answer = asyncio.Future[bytes]


class Talk:
    """An open port; subclasses know which bytes answer which question.

    Who no longer waits for an answer still gets it: nothing that comes later is taken
    for it.
    """

    def __init__(self) -> None:
        """Prepare; `open` opens the port."""
        self._port = SerialPort(self._heard, self._lost)
        self._got = bytearray()
        self._why_lost = ""

    async def open(self, path: str, baud: int) -> None:
        """Open the port for this program alone.

        Raises:
            LinkOpenError: it cannot be opened.
        """
        await self._port.open(path, baud)

    async def close(self) -> None:
        """Close the port, and return once it can be opened again."""
        await self._port.close()

    def send_at_once(self, data: bytes) -> None:
        """Send *data* in this turn of the loop, before anything that still waits.

        Raises:
            LinkLostError: the port is gone.
        """
        self._require_open()
        self._port.write_first(data, drop_queued=False)

    def _require_open(self) -> None:
        if not self._port.is_open:
            raise LinkLostError(f"the port is gone: {self._why_lost or 'closed'}")

    async def _answer(self, data: bytes, answer: _Answer) -> bytes:
        self._require_open()
        self._port.write(data)
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                return await answer
        except TimeoutError:
            self._forget()
            raise NoAnswerError(
                f"no answer to {data!r} within {ANSWERED_WITHIN_S:g} s"
            ) from None

    def _lost(self, why: str) -> None:
        self._why_lost = why
        for answer in self._waiting():
            if not answer.done():
                answer.set_exception(LinkLostError(f"the port is gone: {why}"))
        self._forget()

    def _heard(self, data: bytes) -> None:
        raise NotImplementedError

    def _waiting(self) -> list[_Answer]:
        raise NotImplementedError

    def _forget(self) -> None:
        raise NotImplementedError


def _settle(answer: _Answer, data: bytes) -> None:
    if not answer.done():
        answer.set_result(data)


class PacketTalk(Talk):
    """Answers come in the order of the questions, each of a size that is known."""

    def __init__(self) -> None:
        """Prepare; `open` opens the port."""
        super().__init__()
        self._asked: deque[tuple[int, _Answer]] = deque()

    async def ask(self, question: bytes, answer_bytes: int) -> bytes:
        """Send *question*, and return the *answer_bytes* bytes of its answer.

        Raises:
            LinkLostError: the port is gone.
            NoAnswerError: they did not come in time.
        """
        return await self._answer(question, self._expect(answer_bytes))

    def tell_at_once(self, data: bytes, answer_bytes: int = 0) -> None:
        """Send *data* at once, and take its answer for nothing else."""
        self.send_at_once(data)
        if answer_bytes:
            self._expect(answer_bytes).cancel()  # nobody waits for it

    def tell(self, data: bytes) -> None:
        """Send *data*, which has no answer.

        Raises:
            LinkLostError: the port is gone.
        """
        self._require_open()
        self._port.write(data)

    def _expect(self, answer_bytes: int) -> _Answer:
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._asked.append((answer_bytes, answer))
        return answer

    def _heard(self, data: bytes) -> None:
        self._got += data
        while self._asked and len(self._got) >= self._asked[0][0]:
            answer_bytes, answer = self._asked.popleft()
            _settle(answer, bytes(self._got[:answer_bytes]))
            del self._got[:answer_bytes]
        if not self._asked:
            self._got.clear()  # nobody had asked for it

    def _waiting(self) -> list[_Answer]:
        return [answer for _, answer in self._asked]

    def _forget(self) -> None:
        self._asked.clear()
        self._got.clear()


class LineTalk(Talk):
    """GRBL's way: each line gets ``ok`` or ``error:N``, and ``?`` a report."""

    def __init__(self) -> None:
        """Prepare; `open` opens the port."""
        super().__init__()
        self._lines: deque[_Answer] = deque()
        self._reports: deque[_Answer] = deque()

    async def ask_line(self, line: str) -> str:
        """Send *line*, and return ``ok`` or ``error:N``.

        Raises:
            LinkLostError: the port is gone.
            NoAnswerError: it was not answered in time.
        """
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._lines.append(answer)
        return (await self._answer(f"{line}\n".encode("ascii"), answer)).decode("ascii")

    async def ask_report(self) -> str:
        """Ask for a status report, and return it.

        Raises:
            LinkLostError: the port is gone.
            NoAnswerError: none came in time.
        """
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._reports.append(answer)
        return (await self._answer(b"?", answer)).decode("ascii")

    def _heard(self, data: bytes) -> None:
        self._got += data
        *lines, rest = self._got.split(b"\n")
        self._got = bytearray(rest)
        for line in map(bytes.strip, map(bytes, lines)):
            if line.startswith(b"<"):
                asked = self._reports
            elif line == b"ok" or line.startswith(b"error:"):
                asked = self._lines
            else:
                continue  # a banner, a message, an alarm: the report tells
            if asked:
                _settle(asked.popleft(), line)

    def _waiting(self) -> list[_Answer]:
        return [*self._lines, *self._reports]

    def _forget(self) -> None:
        self._lines.clear()
        self._reports.clear()
        self._got.clear()
