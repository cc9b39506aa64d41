"""The client's TCP connection, under the gRPC channel."""

import asyncio

from deadstop.caller import Caller

__all__ = ["newest_stream", "transport_of"]


def transport_of(caller: Caller) -> asyncio.Transport:
    """Return the transport that carries *caller*'s channel.

    grpclib has no public way to it; the version is pinned by the lock, and the
    triggers' own tests fail should it move.
    """
    assert caller.channel is not None  # noqa: S101 - gRPC hosting only
    protocol = caller.channel._protocol  # noqa: SLF001 - see above
    assert protocol is not None  # noqa: S101 - the call is under way
    transport: asyncio.Transport = protocol.connection._transport  # noqa: SLF001
    return transport


def newest_stream(caller: Caller) -> int:
    """Return the number of the newest HTTP/2 stream of *caller*'s channel."""
    assert caller.channel is not None  # noqa: S101 - gRPC hosting only
    protocol = caller.channel._protocol  # noqa: SLF001 - as above
    assert protocol is not None  # noqa: S101 - the call is under way
    return max(protocol.processor.streams)
