"""What a real board needs of this machine, looked at one thing after another."""

import grp
import os
import pwd
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

from arduino_actuators.wire import Identity, encode_command, state, stats
from deadstop.boards.serial.drift import WATCHED_S, measure_drift
from deadstop.boards.serial.identity import own_build, prove_identity
from deadstop.boards.serial.lock import PortLock, held_by_others
from deadstop.boards.serial.maker import require_auto_reset
from deadstop.boards.serial.opened import DTR_LOW_S, open_port
from deadstop.boards.serial.talk import Talk
from deadstop.boards.serial.where import Found, find_port
from deadstop.errors import BoardAbsentError, DeadstopError
from deadstop.port_users import command_of
from deadstop.rig import SerialBoardConfig

__all__ = ["ECHOES", "Finding", "Health", "examine"]

ECHOES: Final = 50
_MS: Final = 1e3
_BITS_PER_BYTE: Final = 10  # 8N1
# A stop command has 50 ms to leave and the same to be answered; what costs a fifth of
# that eats the margin of every figure.
SLOW_ECHO_MS: Final = 10.0
# Of an FTDI chip: it keeps bytes back for so long to fill a USB packet (ftdi_sio.c).
GOOD_LATENCY_MS: Final = 1
# What an Uno's resonator is made to (Murata CSTCE16M0V53-R0).
MADE_TO_PPM: Final = 5000
_MODEM_MANAGER: Final = "ModemManager"


class Health(StrEnum):
    """What is to be thought of it."""

    GOOD = "good"
    POOR = "poor"  # works, and costs figures or nerves
    BAD = "bad"  # nothing will work before it is mended


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: its name.
        detail: what was seen.
        advice: what to do about it; empty where nothing is.
        exit_code: of a doctor who finds that bad.
    """

    what: str
    health: Health
    detail: str
    advice: str = ""
    exit_code: int = BoardAbsentError.exit_code


@dataclass(frozen=True, slots=True)
class Machine:
    """Where this machine says things of itself; for tests, another place."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")


def examine(
    config: SerialBoardConfig, rig: str, machine: Machine | None = None
) -> Iterator[Finding]:
    """Look at all that *config* needs; what cannot be reached any more is left out.

    Nothing moves. Where opening the port resets the board, it is reset.

    Args:
        config: of the board.
        rig: its name, for whoever finds the port locked.
        machine: where to look; default: this one.
    """
    machine = machine or Machine()
    try:
        found = find_port(config)
    except DeadstopError as error:
        yield Finding("port", Health.BAD, str(error), "plug it in, or mend the rig")
        return
    yield Finding("port", Health.GOOD, _where(found))
    if not found.is_remote:
        allowed = _permission(Path(found.port))
        yield allowed
        yield _modem_manager(machine)
        yield _latency_timer(Path(found.port), machine)
        if allowed.health is Health.BAD:
            return
    try:
        lock = PortLock(found.identity, f"{rig}, to examine it")
    except DeadstopError as error:
        yield Finding("users", Health.BAD, str(error), exit_code=error.exit_code)
        return
    try:
        yield from _board(config, found)
    finally:
        lock.close()


def _where(found: Found) -> str:
    if found.is_remote or found.identity == found.port:
        return found.name
    return f"{found.name} is {found.identity} now"


def _permission(port: Path) -> Finding:
    if os.access(port, os.R_OK | os.W_OK):
        return Finding("permission", Health.GOOD, "may be read and written")
    status = port.stat()
    group = _group(status.st_gid)
    user = pwd.getpwuid(os.getuid()).pw_name
    detail = f"{port} belongs to the group {group!r}, and {user!r} may not use it"
    advice = f"sudo usermod -aG {group} {user}, then log in anew"
    if status.st_gid in os.getgrouplist(user, os.getgid()):
        advice = (
            f"you are in that group since you logged in: log in anew, or sg {group}"
        )
    return Finding("permission", Health.BAD, detail, advice)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _modem_manager(machine: Machine) -> Finding:
    what = "modem manager"
    for comm in machine.proc.glob("[0-9]*/comm"):
        try:
            running = comm.read_text().strip() == _MODEM_MANAGER
        except OSError:
            continue
        if running:
            return Finding(
                what,
                Health.POOR,
                "ModemManager runs: it may open the port and talk to the board",
                'a udev rule with ENV{ID_MM_DEVICE_IGNORE}="1" for the board, or '
                "sudo systemctl mask --now ModemManager",
            )
    return Finding(what, Health.GOOD, "none runs")


def _latency_timer(port: Path, machine: Machine) -> Finding:
    what = "latency timer"
    name = port.resolve().name
    file = machine.sys / "class" / "tty" / name / "device" / "latency_timer"
    try:
        timer_ms = int(file.read_text())
    except (OSError, ValueError):
        return Finding(what, Health.GOOD, "none: the port's chip has no such thing")
    if timer_ms <= GOOD_LATENCY_MS:
        return Finding(what, Health.GOOD, f"{timer_ms} ms")
    return Finding(
        what,
        Health.POOR,
        f"{timer_ms} ms: every answer comes up to so much later",
        f"echo {GOOD_LATENCY_MS} | sudo tee {file}",
    )


def _board(config: SerialBoardConfig, found: Found) -> Iterator[Finding]:
    try:
        require_auto_reset(config)
        if config.dtr == "assert" and not found.is_remote:
            # Who had it last may have left DTR raised, as `deadstop stop` does.
            open_port(found, config.baud, hold_dtr=False).close()
        time.sleep(DTR_LOW_S)
        port = open_port(found, config.baud, hold_dtr=config.dtr == "hold")
    except DeadstopError as error:
        yield Finding("users", Health.BAD, str(error), exit_code=error.exit_code)
        return
    with port:
        # A virtual board's own processes have it open.
        alone = found.is_remote or config.control
        others = "" if alone else held_by_others(found.identity)
        if others:
            detail = f"also open in {others}"
            yield Finding("users", Health.POOR, detail, "it may take answers away")
        else:
            yield Finding("users", Health.GOOD, f"only {command_of(os.getpid())}")
        talk = Talk(port.fd, found.name)
        if config.dtr == "assert":
            yield _boot(config, talk)
        try:
            told = talk.say_hello()
        except DeadstopError as error:
            advice = "deadstop flash; is `baud` right? bytes that make no sense say not"
            yield Finding("identity", Health.BAD, str(error), advice)
            return
        yield _identity(config, found, told)
        yield _echo(config, talk, told.axes)
        yield _clock(config, port.fd, told.axes)
        yield _losses(talk)


def _boot(config: SerialBoardConfig, talk: Talk) -> Finding:
    since_s = time.monotonic()
    boot = talk.wait_boot(config.boot_ms / _MS)
    if boot is None:
        return Finding(
            "reset",
            Health.BAD,
            f"opening the port did not reset it within {config.boot_ms:g} ms"
            f"{talk.told}",
            'dtr = "hold" in [board], or connect its DTR',
        )
    took_ms = (time.monotonic() - since_s) * _MS
    cause = boot.cause.value
    return Finding("reset", Health.GOOD, f"booted in {took_ms:.0f} ms ({cause})")


def _identity(config: SerialBoardConfig, found: Found, told: Identity) -> Finding:
    named = f"{told.board} {told.build}, axes {told.axes}"
    try:
        prove_identity(told, config, config.build or own_build(), found.name)
    except DeadstopError as error:
        return Finding("identity", Health.BAD, str(error), "deadstop flash")
    return Finding("identity", Health.GOOD, named)


def _echo(config: SerialBoardConfig, talk: Talk, axes: str) -> Finding:
    """Ask for the state of an axis again and again, and see how long that takes."""
    command = partial(state, axis=axes[0])
    took_ms = []
    answer_bytes = 0
    for _ in range(ECHOES):
        since_s = time.monotonic()
        try:
            reply = talk.ask(command)
        except DeadstopError as error:
            advice = "another cable, another USB port; is `baud` right?"
            return Finding("echo", Health.BAD, str(error), advice)
        took_ms.append((time.monotonic() - since_s) * _MS)
        answer_bytes = sum(map(len, reply.fields)) + len(reply.fields) + 10
    wire_bytes = len(encode_command(command(0))) + answer_bytes
    wire_ms = wire_bytes * _BITS_PER_BYTE / config.baud * _MS
    median_ms = statistics.median(took_ms)
    detail = (
        f"{median_ms:.1f} ms, at worst {max(took_ms):.1f} ms, of {ECHOES}; "
        f"{wire_ms:.1f} ms of it on a wire of {config.baud} baud"
    )
    if median_ms - wire_ms > SLOW_ECHO_MS:
        advice = "the latency timer, a USB hub, or a network in between costs that"
        return Finding("echo", Health.POOR, detail, advice)
    return Finding("echo", Health.GOOD, detail)


def _clock(config: SerialBoardConfig, fd: int, axes: str) -> Finding:
    """See how its clock runs, by which it counts leases, speeds and ramps."""
    what = "clock"
    try:
        drift = measure_drift(fd, axes, config.baud)
    except DeadstopError as error:
        return Finding(what, Health.BAD, str(error), "another cable, another USB port")
    if drift is None:
        return Finding(what, Health.BAD, "it does not tell its clock", "deadstop flash")
    way = "slow" if drift.ppm >= 0 else "fast"
    detail = (
        f"{abs(drift.ppm):.0f} +/- {drift.error_ppm:.0f} ppm {way}, of this machine's, "
        f"over {WATCHED_S:g} s"
    )
    if abs(drift.ppm) - drift.error_ppm > MADE_TO_PPM:
        advice = "beyond 0.5 %: its leases and speeds are off by as much; another board"
        return Finding(what, Health.POOR, detail, advice)
    return Finding(what, Health.GOOD, detail)


def _losses(talk: Talk) -> Finding:
    """See that nothing that was said until here came to the board broken."""
    reply = talk.ask(stats)
    names = ("rejected", "lost_bytes", "overruns")
    counts = dict(zip(names, reply.fields[1:], strict=False))
    bad = {name: count for name, count in counts.items() if count != "0"}
    if not bad:
        return Finding("line", Health.GOOD, "no byte lost, no frame rejected")
    told = ", ".join(f"{count} {name}" for name, count in bad.items())
    advice = "another cable, away from the motors' wires; is `baud` right?"
    return Finding("line", Health.POOR, told, advice)
