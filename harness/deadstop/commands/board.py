"""`deadstop board`: a simulated board for whoever wants to talk to one."""

import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from deadstop.commands.options import RigOption
from deadstop.errors import UsageError

if TYPE_CHECKING:
    from deadstop.rig import AvrBoardConfig, Rig

__all__ = ["EXAMPLES", "board"]

EXAMPLES: Final = (
    "Examples: deadstop board, and in another terminal: screen PATH; "
    "deadstop board --rig avr --link ./uno --pins pins.jsonl; "
    "deadstop board --control ./uno unplug"
)


def board(
    orders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ORDER]",
            help="With --control: state, reset, brown-out, unplug, replug, "
            "auto-reset on, auto-reset slow, auto-reset off, quit.",
        ),
    ] = None,
    rig: RigOption = "loopback",
    link: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Be a virtual Uno: link PATH to the port, and listen for orders at "
            "PATH.control. Needs an avr rig.",
        ),
    ] = None,
    pins: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --link: record what its pins, drives and shafts do there.",
        ),
    ] = None,
    control: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Give an order to the virtual Uno at PATH."),
    ] = None,
) -> int:
    """Serve the rig's simulated board on a pseudo-terminal until Ctrl-C."""
    if control is not None:
        if link is not None or pins is not None:
            raise UsageError("--control orders a virtual Uno, --link is one: give one")
        return _order(control, " ".join(orders or ["state"]))
    if orders:
        raise UsageError(f"{orders[0]!r} is an order: say --control PATH to whom")
    if pins is not None and link is None:
        raise UsageError("--pins records a virtual Uno: give --link PATH, too")
    from deadstop.rig import load_rig  # noqa: PLC0415 - keeps --help quick

    the_rig = load_rig(rig)
    if link is None:
        return _serve(the_rig)
    return _be_uno(the_rig, link, pins)


def _order(link: Path, words: str) -> int:
    from deadstop.uno.control import UnoControl, order_of  # noqa: PLC0415

    typer.echo(UnoControl(link).ask(order_of(words)).as_json())
    return 0


def _serve(rig: "Rig") -> int:
    from deadstop.boards.maker import BoardMaker  # noqa: PLC0415
    from deadstop.rig import ProgramBoardConfig  # noqa: PLC0415

    config = rig.board
    if isinstance(config, ProgramBoardConfig):
        raise UsageError(
            f"rig {rig.name!r}: its board is a program of its own; start that by itself"
        )
    with BoardMaker(config) as boards:
        boards.prepare(_tell)
        with (
            boards.make(lambda _: None) as served,
            contextlib.suppress(KeyboardInterrupt),
        ):
            typer.echo(f"{served.path}  {config.baud} baud, axes {config.axes}")
            typer.echo(
                "type ? for the state, A or B to stop an axis, ! to stop them all"
            )
            typer.echo("Ctrl-C ends it")
            signal.pause()
    return 0


def _be_uno(rig: "Rig", link: Path, pins: Path | None) -> int:
    import asyncio  # noqa: PLC0415

    from deadstop.boards.avr.board import AvrBoard  # noqa: PLC0415
    from deadstop.rig import AvrBoardConfig  # noqa: PLC0415
    from deadstop.uno.pins import PinRecord  # noqa: PLC0415
    from deadstop.uno.server import VirtualUno  # noqa: PLC0415

    config = rig.board
    if not isinstance(config, AvrBoardConfig):
        raise UsageError(
            f"rig {rig.name!r}: --link serves the real firmware, in the AVR simulator; "
            "its board is another: use --rig avr"
        )
    elf = _firmware(config)

    def make(record: PinRecord) -> AvrBoard:
        return AvrBoard(elf, observe=record.observe, shield=config.shield)

    def ready(port: str) -> None:
        typer.echo(
            f"{uno.place.link} -> {port}  {config.baud} baud, axes {config.axes}"
        )
        typer.echo(f"orders: deadstop board --control {link} state|reset|unplug|...")
        typer.echo("Ctrl-C ends it")

    uno = VirtualUno(make, config.axes, link, pins)
    with contextlib.closing(uno):
        asyncio.run(uno.serve(ready))
    return 0


def _firmware(config: "AvrBoardConfig") -> Path:
    from deadstop.boards.avr.elf import read_elf  # noqa: PLC0415
    from deadstop.toolchain import firmware_elf, require_simulator  # noqa: PLC0415

    require_simulator()
    if config.firmware:
        return read_elf(Path(config.firmware)).path
    return firmware_elf(_tell, shield=config.shield)


def _tell(line: str) -> None:
    typer.echo(line, err=True)
