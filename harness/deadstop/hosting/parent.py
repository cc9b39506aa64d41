"""In viam-server's place: speaks to a module over its socket, and keeps what it prints.

A process of its own, so that the judge needs no SDK. `viam.module.v1` is spoken as
viam-server speaks it: wait for the socket, `Ready` until it is, then for each component
`ValidateConfig` and `AddResource`; later `ReconfigureResource` and `RemoveResource`.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from grpclib.client import Channel
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError
from viam.proto.app.robot import ComponentConfig
from viam.proto.module import (
    AddResourceRequest,
    ModuleServiceStub,
    ReadyRequest,
    ReadyResponse,
    ReconfigureResourceRequest,
    RemoveResourceRequest,
    ValidateConfigRequest,
)
from viam.resource.types import API
from viam.utils import dict_to_struct

from deadstop.hosting.channel import Message, Peer

__all__ = ["main"]

LOOK_S: Final = 0.005  # how often a socket is looked for that nobody announces
# Of what a module prints, so much is kept; the rest is read and counted.
KEPT_BYTES: Final = 1 << 20
TEXT_CHARACTERS: Final = 500


class RefusedError(Exception):
    """The module does not do what it must; the message is one line for its writer."""


def main(sock: socket.socket, fds: list[int], config: Mapping[str, Any]) -> None:
    """Speak to the module that prints into the pipe *fds*, until told to leave."""
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_Parent(config).run(sock, fds[0]))


class _Output:
    """What the module prints: read to its end, kept up to a limit."""

    def __init__(self, fd: int, log: Path) -> None:
        os.set_blocking(fd, False)
        self.ended = asyncio.Event()
        self._fd = fd
        self._log = log.open("ab")
        self._left_bytes = KEPT_BYTES
        self._dropped_bytes = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(fd, self._readable)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return
        kept = data[: self._left_bytes]
        self._log.write(kept)
        self._log.flush()
        self._left_bytes -= len(kept)
        self._dropped_bytes += len(data) - len(kept)
        if not data:
            self._close()

    def _close(self) -> None:
        self._loop.remove_reader(self._fd)
        os.close(self._fd)
        if self._dropped_bytes:
            self._log.write(
                b"\n[deadstop: %d bytes more were not kept]\n" % self._dropped_bytes
            )
        self._log.close()
        self.ended.set()


class _Parent:
    """One module and its components, as the judge orders."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._components: dict[str, dict[str, Any]] = {
            one["name"]: one for one in config["components"]
        }
        self._leave = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._channel: Channel
        self._stub: ModuleServiceStub
        self._peer: Peer

    async def run(self, sock: socket.socket, output_fd: int) -> None:
        self._peer = Peer(sock, self._on_message, self._leave.set)
        self._channel = Channel(path=self._config["path"])
        self._stub = ModuleServiceStub(self._channel)
        # Asked to end, it still reads what the module says as it ends.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._leave.set)
        output = _Output(output_fd, Path(self._config["log"]))
        self._later(self._bring_up())
        await self._leave.wait()
        for task in self._tasks:
            task.cancel()
        self._channel.close()
        await output.ended.wait()

    def _later(self, body: Any) -> None:  # noqa: ANN401 - a coroutine of ours
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(body)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, kind: str, source: str = "server", **data: object) -> None:
        self._peer.post(
            {"event": kind, "source": source, "t_s": time.monotonic(), "data": data}
        )

    # Coming up

    async def _bring_up(self) -> None:
        within_s = self._config["ready_s"]
        doing = "serve its socket"
        try:
            async with asyncio.timeout(within_s):
                await self._wait_socket()
                doing = "say that it is ready"
                models = await self._wait_ready()
                for one in self._components.values():
                    one["api"] = self._api_of(one["model"], models)
                if self._config["add"]:
                    for one in self._components.values():
                        doing = f"make {one['name']!r}"
                        await self._add(one)
        except RefusedError as error:
            self._tell("unusable", error=str(error))
        except TimeoutError:
            why = f"the module did not {doing} within {within_s:g} s of its start"
            self._tell("unusable", error=why)
        else:
            apis = {name: one["api"] for name, one in self._components.items()}
            if self._config["add"]:
                self._tell("serving", path=self._config["path"])
            else:
                self._tell("apis", apis=apis)

    async def _wait_socket(self) -> None:
        while True:
            with contextlib.suppress(FileNotFoundError, ConnectionError):
                await self._channel.__connect__()
                return
            await asyncio.sleep(LOOK_S)

    async def _wait_ready(self) -> dict[str, list[str]]:
        """Return the APIs of each model that the module offers."""
        while True:
            answer: ReadyResponse = await self._ask("Ready", ReadyRequest())
            if answer.ready:
                break
            await asyncio.sleep(LOOK_S)
        models: dict[str, list[str]] = {}
        for handler in answer.handlermap.handlers:
            about = handler.subtype.subtype
            api = f"{about.namespace}:{about.type}:{about.subtype}"
            for model in handler.models:
                models.setdefault(model, []).append(api)
        return models

    def _api_of(self, model: str, models: Mapping[str, list[str]]) -> str:
        match models.get(model, []):
            case [api]:
                return api
            case []:
                offered = _listed(models) or "none"
                raise RefusedError(f"the module has no model {model!r}; its: {offered}")
            case apis:
                raise RefusedError(f"model {model!r} has several APIs: {_listed(apis)}")

    async def _add(self, one: Mapping[str, Any]) -> None:
        config = _config_of(one)
        needs = await self._ask("ValidateConfig", ValidateConfigRequest(config=config))
        if needs.dependencies:
            raise RefusedError(
                f"component {one['name']!r} depends on {_listed(needs.dependencies)}, "
                "and a module on a bench has no other resources to depend on"
            )
        await self._ask("AddResource", AddResourceRequest(config=config))

    async def _ask(self, method: str, request: Any) -> Any:  # noqa: ANN401 - protobuf
        """Make one call of the module's service.

        Raises:
            RefusedError: it came back with an error; the message names the call.
        """
        try:
            return await getattr(self._stub, method)(request)
        except GRPCError as error:
            why = str(error.message or error.status.name)
        except (StreamTerminatedError, ProtocolError, OSError) as error:
            why = f"the connection broke ({error})"
        raise RefusedError(f"the module answers {method} with: {why[:TEXT_CHARACTERS]}")

    # As the judge orders

    def _on_message(self, message: Message) -> Message | None:
        match message["do"]:
            case "remove":
                self._later(self._told(message, self._remove))
            case "reconfigure":
                self._later(self._told(message, self._reconfigure))
            case "close":
                self._later(self._close())
            case "leave":
                self._leave.set()
            case unknown:
                return {"error": f"unknown order {unknown!r}"}
        return None

    async def _told(
        self, order: Message, act: Callable[[str], Awaitable[None]]
    ) -> None:
        """Tell of *act* as of a call."""
        name = order["component"]
        call = {"call": order["id"], "component": name}
        self._tell("call-sent", "client", **call, method=order["do"])
        outcome: dict[str, object] = {"outcome": "returned"}
        try:
            await act(name)
        except RefusedError as error:
            outcome = {"outcome": "error", "error": str(error)}
        self._tell("call-returned", "client", **call, **outcome)

    async def _remove(self, name: str) -> None:
        one = self._components.pop(name)
        request = RemoveResourceRequest(name=f"{one['api']}/{name}")
        await self._ask("RemoveResource", request)

    async def _reconfigure(self, name: str) -> None:
        config = _config_of(self._components[name])
        request = ReconfigureResourceRequest(config=config)
        await self._ask("ReconfigureResource", request)

    async def _close(self) -> None:
        """Remove what there is, as viam-server does before it ends a module."""
        errors = []
        for name in tuple(self._components):
            try:
                await self._remove(name)
            except RefusedError as error:
                errors.append(str(error))
        self._tell("closed", error="; ".join(errors))


def _config_of(one: Mapping[str, Any]) -> ComponentConfig:
    api = API.from_string(one["api"])
    return ComponentConfig(
        name=one["name"],
        namespace=api.namespace,
        type=api.resource_subtype,
        api=one["api"],
        model=one["model"],
        attributes=dict_to_struct(one["attributes"]),
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))[:TEXT_CHARACTERS]
