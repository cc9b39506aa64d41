"""A component behind the real viam server, for the tests."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from grpclib.client import Channel
from viam.components.component_base import ComponentBase
from viam.rpc.server import Server


@asynccontextmanager
async def served(component: ComponentBase) -> AsyncIterator[Channel]:
    """Serve *component* as viam does, on 127.0.0.1, and give a channel to it."""
    # `serve` blocks and takes over the signals; this is the server it would start.
    server = Server([component])._server  # noqa: SLF001
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        await server.start(sock=listening)
        channel = Channel("127.0.0.1", port)
        try:
            yield channel
        finally:
            channel.close()
            server.close()
            await server.wait_closed()
