"""A signal ends a run once; what the run then does to end is not disturbed."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from deadstop.interruption import ENDING_SIGNALS, Interruption


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Put the handlers of the test session back."""
    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Run:
    """A run that waits for ever, and takes three turns to put its bench to rest."""

    def __init__(self, *signals: signal.Signals) -> None:
        """Get *signals* while it runs: the first now, the others while it ends."""
        self.signals = list(signals)
        self.log: list[str] = []

    async def main(self) -> None:
        """Wait; when cancelled, come to rest."""
        try:
            self._get_one()
            await asyncio.Event().wait()
        finally:
            for _ in range(3):
                self._get_one()
                await asyncio.sleep(0.01)
            self.log.append("at rest")

    def _get_one(self) -> None:
        if self.signals:
            os.kill(os.getpid(), self.signals.pop(0))


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_each_of_the_signals_ends_the_run_in_order(number: signal.Signals) -> None:
    """Ctrl-C, a service manager, and a terminal that was closed are alike."""
    run = Run(number)

    with Interruption() as interruption:
        interruption.run(run.main)

    assert interruption.came
    assert run.log == ["at rest"]


def test_more_signals_do_not_break_off_the_way_to_rest() -> None:
    """An impatient person does not leave a motor turning."""
    run = Run(signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    with Interruption() as interruption:
        interruption.run(run.main)

    assert run.log == ["at rest"]
    assert not run.signals


def test_a_signal_before_the_run_lets_it_not_begin() -> None:
    """It has been asked to end, so nothing is moved."""
    run = Run()

    with Interruption() as interruption:
        signal.raise_signal(signal.SIGTERM)
        interruption.run(run.main)

    assert interruption.came
    assert run.log == []


def test_after_the_run_signals_do_nothing_until_the_context_is_left() -> None:
    """What was found is written before anything else happens."""

    async def nothing() -> None:
        """Be over at once."""

    with Interruption() as interruption:
        interruption.run(nothing)
        signal.raise_signal(signal.SIGINT)
        written = True
    assert written
    assert interruption.came
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_when_it_is_kept_signals_do_nothing_after_the_context_either() -> None:
    """The third Ctrl-C does not tear the report apart."""
    with Interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        interruption.keep()

    signal.raise_signal(signal.SIGINT)

    assert interruption.came


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    """A run under nohup outlives its terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def main() -> None:
        signal.raise_signal(signal.SIGHUP)
        await asyncio.sleep(0)

    with Interruption() as interruption:
        interruption.run(main)

    assert not interruption.came
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_failure_of_the_run_is_not_taken_for_an_interruption() -> None:
    """It is told as what it is."""

    async def main() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("broken")

    with (
        Interruption() as interruption,
        pytest.raises(RuntimeError, match=r"\Abroken\Z"),
    ):
        interruption.run(main)

    assert not interruption.came


def test_a_cancellation_without_a_signal_is_not_swallowed() -> None:
    """It is nobody's wish to end the run."""

    async def main() -> None:
        raise asyncio.CancelledError

    with Interruption() as interruption, pytest.raises(asyncio.CancelledError):
        interruption.run(main)


def test_a_loop_that_sleeps_is_woken() -> None:
    """The handler runs outside of the loop; without a wake-up it would be for ever."""
    run = Run()
    alarm = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    alarm.start()

    with Interruption() as interruption:
        interruption.run(run.main)

    alarm.join()
    assert interruption.came
    assert run.log == ["at rest"]
