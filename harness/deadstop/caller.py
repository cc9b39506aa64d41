"""Whoever calls the component: keeps the running calls, so that a trigger can end them.

In a client's process the calls go through the real gRPC client; hosted `direct` they
are made in the component's own process.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from grpclib.client import Channel
from grpclib.exceptions import GRPCError, StreamTerminatedError

from deadstop.subjects import Feed, subject_of

if TYPE_CHECKING:
    from grpclib.metadata import Deadline

__all__ = ["CALL_ID", "CallOrder", "Caller", "StartTask", "describe_result"]

CALL_ID: Final[contextvars.ContextVar[str]] = contextvars.ContextVar("call_id")


@dataclass(frozen=True, slots=True)
class CallOrder:
    """One call to make: *component*.*method*(**args), known as *id*."""

    id: str
    component: str
    method: str
    args: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "CallOrder":
        """Read an order from the side channel."""
        return cls(
            message["id"], message["component"], message["method"], message["args"]
        )

    def to_message(self) -> dict[str, Any]:
        """Write the order for the side channel."""
        return {
            "id": self.id,
            "component": self.component,
            "method": self.method,
            "args": dict(self.args),
        }


class StartTask(Protocol):
    """How a call's task is started."""

    def __call__(
        self, call: str, body: Coroutine[Any, Any, object]
    ) -> "asyncio.Task[Any]":
        """Start *body* as the task of *call*."""


def describe_result(value: object) -> object:
    """Reduce what a method returned to JSON scalars and lists."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [describe_result(item) for item in value]
    return repr(value)[:200]


async def _drain(updates: AsyncIterator[object]) -> int:
    """Take what a streamed call yields until its end; return how much it was."""
    taken = 0
    async for _ in updates:
        taken += 1
    return taken


class Caller:
    """The calls of one process, and what they came to."""

    def __init__(
        self,
        resources: Mapping[str, Any],
        tell: Callable[..., None],
        start_task: StartTask,
        channel: Channel | None = None,
    ) -> None:
        """Call *resources* by name; *tell* reports an event."""
        self.resources = dict(resources)
        self.channel = channel
        self.calls: dict[str, asyncio.Task[Any]] = {}
        self.feeds: dict[str, Feed] = {}  # of the streamed calls
        self.deadlines: dict[str, Deadline] = {}  # of a trigger's making, by the call
        self._begun: set[str] = set()
        self._tell = tell
        self._start_task = start_task

    def start(
        self,
        order: CallOrder,
        resource: Any = None,  # noqa: ANN401 - of whatever API
    ) -> "asyncio.Task[Any]":
        """Start a call; its end is told as `call-returned`.

        Args:
            order: which.
            resource: what is called; default: that of the order's component.
        """
        resource = resource or self.resources[order.component]
        task = self._start_task(order.id, self._run(order, resource))
        task.add_done_callback(lambda task: self._tell_unbegun(order.id, task))
        self.calls[order.id] = task
        return task

    def _tell_unbegun(self, call: str, task: "asyncio.Task[Any]") -> None:
        """Tell of the end of a call that was cancelled before its first turn."""
        if task.cancelled() and call not in self._begun:
            self._tell("call-returned", source="client", call=call, outcome="cancelled")

    def running(self, call: str) -> "asyncio.Task[Any] | None":
        """Return the task of *call*, while it runs."""
        task = self.calls.get(call)
        return None if task is None or task.done() else task

    async def outcome(self, order: CallOrder) -> dict[str, object]:
        """Make a call and return what it came to, cancelled included."""
        task = self.start(order)
        await asyncio.wait([task])
        return {"outcome": "cancelled"} if task.cancelled() else task.result()

    async def _run(
        self,
        order: CallOrder,
        resource: Any,  # noqa: ANN401 - of whatever API
    ) -> dict[str, object]:
        CALL_ID.set(order.id)
        self._begun.add(order.id)
        self._tell(
            "call-sent",
            source="client",
            call=order.id,
            component=order.component,
            method=order.method,
        )
        outcome: dict[str, object] = {"outcome": "returned"}
        try:
            subject = subject_of(str(getattr(resource, "API", "")))
            args = subject.arguments(order.method, order.args)
            for value in args.values():
                if isinstance(value, Feed):
                    self.feeds[order.id] = value
            made = getattr(resource, order.method)(**args)
            result = await (_drain(made) if isinstance(made, AsyncIterator) else made)
            outcome["result"] = describe_result(subject.result(result))
        except asyncio.CancelledError:
            outcome = {"outcome": "cancelled"}
            raise
        except GRPCError as error:
            outcome = {
                "outcome": "error",
                "status": error.status.name,
                "error": str(error.message)[:500],
            }
        except (TimeoutError, StreamTerminatedError) as error:
            name = "deadline" if isinstance(error, TimeoutError) else "error"
            text = f"{type(error).__name__}: {error}"
            outcome = {"outcome": name, "error": text[:500]}
        except Exception as error:  # noqa: BLE001 - any error is an outcome
            text = f"{type(error).__name__}: {error}"
            outcome = {"outcome": "error", "error": text[:500]}
        finally:
            told = dict(outcome)
            if isinstance(told.get("result"), list):
                told["result"] = str(told["result"])
            self._tell("call-returned", source="client", call=order.id, **told)
        return outcome
