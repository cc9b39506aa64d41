"""The judge's side of a module: started, spoken to through its parent, and ended."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from deadstop.caller import CallOrder
from deadstop.errors import ComponentError
from deadstop.hosting.channel import Message
from deadstop.hosting.processes import ChildProcess, Zygote
from deadstop.hosting.served import Hear
from deadstop.rig import PYTHON, ModuleConfig, Rig

__all__ = ["ModuleHost", "inspect_module"]

# What viam-server gives a module between SIGTERM and SIGKILL (goutils' pexec).
GRACE_S: Final = 10.0
# sockaddr_un has 108 bytes; viam-server stays within the 104 of macOS.
_MAX_PATH_BYTES: Final = 103
_SAID_BYTES: Final = 300
# Its parent tells first when it is not ready in time.
LATER_S: Final = 1.0
_MODULE: Final = "deadstop.hosting.module:main"
_PARENT: Final = "deadstop.hosting.parent:main"


def _model_of_class(spec: str) -> str:
    # What a module that is made of it calls its model.
    return "deadstop:class:" + spec.replace(".", "-").replace(":", "-")


class ModuleHost:
    """A module's process, and the process that is in viam-server's place to it.

    Whoever starts it ends both processes. What else it holds goes with *closers*.
    """

    process: ChildProcess
    parent: ChildProcess
    probed: Final = False
    grace_s: Final = GRACE_S

    def __init__(
        self, rig: Rig, zygote: Zygote, folder: Path, closers: ExitStack
    ) -> None:
        """Prepare the module of *rig*; what it prints goes into *folder*."""
        assert rig.module is not None  # noqa: S101 - nobody else asks for it
        self.log = folder / "module.log"
        self._module: ModuleConfig = rig.module
        self._name = rig.name
        self._zygote = zygote
        self._component_log = folder / "component.log"
        self._closers = closers
        self._path = ""

    @property
    def ready_s(self) -> float:
        """How long it may take until it serves its components, in seconds."""
        return self._module.ready_ms / 1000 + LATER_S

    @property
    def companions(self) -> Sequence[ChildProcess]:
        """The process in viam-server's place."""
        return (self.parent,)

    def address(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Return the path of the socket that it serves."""
        return {"path": self._path}

    async def start(
        self,
        components: Sequence[Mapping[str, Any]],
        processes: list[ChildProcess],
        hear: Hear,
        *,
        add: bool = True,
    ) -> None:
        """Start both processes; what comes of it is told to *hear*.

        Args:
            components: name, class or model, and attributes of each.
            processes: each process is added to, as soon as there is one.
            hear: called with what a process says.
            add: whether to make the components; else only to ask for their APIs.

        Raises:
            ComponentError: there is no such executable.
            ToolchainError: the zygote is gone.
        """
        made_of = [str(one["class"]) for one in components]
        models = made_of
        if not self._module.executable:
            models = [_model_of_class(spec) for spec in made_of]
        argv = self._argv(dict(zip(models, made_of, strict=True)))
        home = self._home()
        self._path = str(home / "module.sock")
        read_fd, write_fd = os.pipe()
        try:
            parent = {
                "path": self._path,
                "log": str(self.log.absolute()),
                "components": [
                    {**one, "model": model}
                    for one, model in zip(components, models, strict=True)
                ],
                "ready_s": self._module.ready_ms / 1000,
                "add": add,
            }
            self.parent = await self._fork(_PARENT, parent, read_fd, processes, hear)
            module = {
                "argv": [*argv, self._path],
                "folder": str(self._working_folder(argv[0])),
                "environment": self._environment(home, argv[0]),
            }
            self.process = await self._fork(_MODULE, module, write_fd, processes, hear)
        finally:
            os.close(read_fd)
            os.close(write_fd)

    async def _fork(
        self,
        role: str,
        config: Mapping[str, Any],
        fd: int,
        processes: list[ChildProcess],
        hear: Hear,
    ) -> ChildProcess:
        child = await self._zygote.fork(role, config, self._component_log, (fd,))
        processes.append(child)
        child.connect(lambda message: hear(child, message))
        return child

    def _argv(self, classes: Mapping[str, str]) -> list[str]:
        """Return what to execute; *classes* are those of its models, if it is ours."""
        executable = self._module.executable
        if not executable:
            words = [f"{model}={spec}" for model, spec in classes.items()]
            return [sys.executable, "-P", "-m", "deadstop.hosting.as_module", *words]
        if executable == PYTHON:
            return [sys.executable, *self._module.args]
        file = Path(executable).absolute()
        if not file.is_file():
            raise ComponentError(
                f"module {executable!r}: there is no such file; give `executable` "
                "relative to the rig file"
            )
        if not os.access(file, os.X_OK):
            raise ComponentError(
                f"module {executable!r} is not executable; `chmod +x` it"
            )
        return [str(file), *self._module.args]

    def _home(self) -> Path:
        home = Path(tempfile.mkdtemp(prefix="deadstop-"))
        if len(os.fsencode(home / "module.sock")) > _MAX_PATH_BYTES:
            home.rmdir()  # what comes in its place is private, and short
            home = Path(tempfile.mkdtemp(prefix="deadstop-", dir="/tmp"))
        self._closers.callback(shutil.rmtree, home, ignore_errors=True)
        return home

    def _working_folder(self, program: str) -> Path:
        # viam-server starts a module in the folder of its executable.
        own = self._module.executable not in ("", PYTHON)
        return Path(program).parent if own else Path.cwd()

    def _environment(self, home: Path, program: str) -> dict[str, str]:
        data = home / "data"
        data.mkdir()
        return {
            "VIAM_HOME": str(home),
            "VIAM_MODULE_DATA": str(data),
            "VIAM_MODULE_NAME": self._name,
            "VIAM_MODULE_ROOT": str(self._working_folder(program)),
            "VIAM_NO_MODULE_PARENT": "true",
        }

    def explain_end(self) -> str:
        """Say that its process ended, and what it said last."""
        said = _last_line(self.log)
        last = f"; it said last: {said}" if said else ""
        return (
            f"the module ended (exit code {self.process.exit_code}) before it was "
            f"ready{last}; its output: {self.log}"
        )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, from any thread.

        To the process alone where it is asked to end, as viam-server asks; else to all
        that it started, for a script may have started the module proper.
        """
        if number is signal.SIGTERM:
            self.process.signal(number)
        else:
            self.process.signal_group(number)

    def call(self, order: CallOrder) -> None:
        """Ask as viam-server asks it; it then does all that belongs to that."""
        what = "remove" if order.method == "close" else order.method
        self.parent.peer.post({**order.to_message(), "do": what})

    def close(self) -> None:
        """Have each component removed, as viam-server does before it ends a module."""
        self.parent.peer.post({"do": "close"})

    async def has_ended(self) -> bool:
        """Whether the process has: its channel ended when it was executed."""
        return not self.process.alive

    def silent_s(self, _: float) -> float:
        """Return 0: nobody tells how its event loop runs."""
        return 0.0


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - _SAID_BYTES, 0))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    said = [line for line in lines if line.strip()]
    return ascii(said[-1]) if said else ""


async def inspect_module(zygote: Zygote, rig: Rig, folder: Path) -> dict[str, str]:
    """Start the module of *rig*, and return the API of each component by its name.

    Raises:
        ComponentError: it cannot be used; one clear line.
    """
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[Message | None] = loop.create_future()

    def hear(message: Message | None) -> None:
        if not heard.done():
            heard.set_result(message)

    components: list[Mapping[str, Any]] = [
        {"name": name, "class": one.made_of, "attributes": {}}
        for name, one in rig.components.items()
    ]
    processes: list[ChildProcess] = []
    with ExitStack() as closers:
        module = ModuleHost(rig, zygote, folder, closers)
        try:
            await module.start(
                components, processes, lambda _, message: hear(message), add=False
            )
            # What it said last is read first: there is a look at its channel between.
            for child in processes:
                child.tell_exit(lambda: loop.call_soon(loop.call_soon, hear, None))
            async with asyncio.timeout(module.ready_s):
                message = await heard
        finally:
            for child in processes:
                child.peer.post({"do": "leave"})
            # The parent may be too young for a signal: it is told that, and then still
            # reads what the module says until its end.
            for child in processes[1:]:
                child.signal(signal.SIGTERM)
            for child in reversed(processes):
                await child.end()
    if message is None:
        raise ComponentError(module.explain_end())
    data = message["data"]
    if message["event"] == "unusable":
        raise ComponentError(f"{data['error']}; its output: {module.log}")
    return dict(data["apis"])
