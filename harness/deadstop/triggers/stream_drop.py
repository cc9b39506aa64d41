"""`stream-drop...`: the stream of batches that a call is fed with breaks."""

from datetime import timedelta
from typing import Any, Final

from deadstop.caller import Caller, CallOrder
from deadstop.subjects import Feed
from deadstop.triggers._connection import newest_stream, transport_of
from deadstop.triggers.base import Ends, Trigger

__all__ = ["TRIGGERS"]

_DATA_FRAME: Final = 0  # RFC 9113, section 6.1
_PREFIX_BYTES: Final = 5  # of a gRPC message: compressed or not, and its length


class StreamSourceError(Exception):
    """What the client's own iterator fails with."""


def _leave(caller: Caller, struck: CallOrder) -> None:
    if (task := caller.running(struck.id)) is not None:
        task.cancel()


def _feed(caller: Caller, struck: CallOrder) -> Feed | None:
    """Return what the struck call is fed with; leave the call if that is over.

    Of a stream that was sent whole, nothing is left to break.
    """
    feed = caller.feeds.get(struck.id)
    if feed is not None and not feed.ended:
        return feed
    _leave(caller, struck)
    return None


def _between_batches(caller: Caller, struck: CallOrder) -> None:
    if (feed := _feed(caller, struck)) is not None:
        feed.when_waiting(lambda: _leave(caller, struck))


def _mid_batch(caller: Caller, struck: CallOrder) -> None:
    """Put half of a batch on the wire, and close the connection behind it."""
    transport = transport_of(caller)
    if (feed := _feed(caller, struck)) is not None:
        message = _encoded(feed.peek())
        frame = (
            len(message).to_bytes(3, "big")
            + bytes((_DATA_FRAME, 0))
            + newest_stream(caller).to_bytes(4, "big")
            + message
        )
        transport.write(frame[: len(frame) // 2])
    transport.close()


def _encoded(batch: list[Any]) -> bytes:
    from viam.proto.component.arm import (  # noqa: PLC0415 - only callers load the SDK
        MoveThroughJointPositionsStreamedRequest as Request,
    )

    points = [point.to_proto() for point in batch]
    body: bytes = Request(
        batch=Request.TrajectoryBatch(points=points)
    ).SerializeToString()
    return bytes(1) + len(body).to_bytes(_PREFIX_BYTES - 1, "big") + body


def _bad_point(caller: Caller, struck: CallOrder) -> None:
    """Send a point whose time lies before the ones that were sent."""
    from viam.components.arm import Arm  # noqa: PLC0415 - as above

    if (feed := _feed(caller, struck)) is not None:
        positions = feed.peek()[-1].positions
        feed.send_next([Arm.TrajectoryPoint(timedelta(0), list(positions))])


def _source_fails(caller: Caller, struck: CallOrder) -> None:
    if (feed := _feed(caller, struck)) is not None:
        feed.fail(StreamSourceError("the source of the stream failed"))


TRIGGERS: Final = (
    Trigger(
        name="stream-drop",
        summary="a stream's client leaves between two batches (RST_STREAM)",
        ends=Ends.CALL,
        streams=True,
        strike=_between_batches,
    ),
    Trigger(
        name="stream-drop-mid-batch",
        summary="a stream's connection ends in the middle of a batch",
        ends=Ends.CONNECTION,
        streams=True,
        strike=_mid_batch,
    ),
    Trigger(
        name="stream-bad-point",
        summary="a stream's next point lies in the past",
        ends=Ends.CALL,
        streams=True,
        strike=_bad_point,
    ),
    Trigger(
        name="stream-source-fails",
        summary="the client's own iterator of batches raises",
        ends=Ends.CALL,
        streams=True,
        strike=_source_fails,
    ),
)
