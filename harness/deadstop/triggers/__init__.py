"""The ways to end an operation early, one small file each.

To add one: write a file with a `TRIGGER`, and list it here.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from deadstop.caller import Caller, CallOrder
from deadstop.triggers import (
    board_reset,
    call_timeout,
    client_cancel,
    client_close,
    client_deadline,
    client_drop_many,
    client_frames,
    client_freeze,
    client_half_close,
    client_kill,
    client_reset,
    expired_on_arrival,
    host_freeze,
    loop_teardown,
    nothing,
    outer_cancel,
    preempt,
    reconfigure,
    remove,
    second_cancel,
    server_deadline,
    session_expiry,
    sigkill,
    sigterm,
    stop_all,
    stop_rpc,
    stream_drop,
    unplug,
)
from deadstop.triggers.base import (
    Actor,
    Ends,
    Hands,
    HostFate,
    Hosting,
    Stopper,
    Trigger,
)

__all__ = [
    "TRIGGERS",
    "Actor",
    "Ends",
    "Hands",
    "HostFate",
    "Hosting",
    "Stopper",
    "Trigger",
    "by_name",
    "prepared",
]

TRIGGERS: Final[tuple[Trigger, ...]] = (
    nothing.TRIGGER,
    client_cancel.TRIGGER,
    client_close.TRIGGER,
    client_half_close.TRIGGER,
    client_reset.TRIGGER,
    *client_frames.TRIGGERS,
    client_drop_many.TRIGGER,
    client_kill.TRIGGER,
    client_freeze.TRIGGER,
    client_deadline.TRIGGER,
    server_deadline.TRIGGER,
    expired_on_arrival.TRIGGER,
    stop_rpc.TRIGGER,
    *stop_all.TRIGGERS,
    preempt.TRIGGER,
    call_timeout.TRIGGER,
    *call_timeout.EXPIRED,
    outer_cancel.TRIGGER,
    *stream_drop.TRIGGERS,
    second_cancel.TRIGGER,
    session_expiry.TRIGGER,
    remove.TRIGGER,
    reconfigure.TRIGGER,
    loop_teardown.TRIGGER,
    *board_reset.TRIGGERS,
    unplug.TRIGGER,
    *sigterm.TRIGGERS,
    sigkill.TRIGGER,
    host_freeze.TRIGGER,
)


def by_name(name: str) -> Trigger:
    """Return the trigger called *name*.

    Raises:
        KeyError: there is none.
    """
    for trigger in TRIGGERS:
        if trigger.name == name:
            return trigger
    raise KeyError(name)


def prepared(
    caller: Caller, message: Mapping[str, Any], tell: Callable[..., object]
) -> CallOrder:
    """Return the call that *message* orders, with a timed trigger set in it.

    The trigger's `strike` is told at once, stamped with the instant (of the running
    loop's clock) at which it is to strike; one that tells of itself is left to that.
    """
    order = CallOrder.from_message(message)
    if "prepare" not in message:
        return order
    trigger = by_name(message["prepare"])
    ends_after_s = message["ends_after_s"]
    if trigger.strikes_after_s is not None:
        after_s = trigger.strikes_after_s(ends_after_s or 0.0)
        strike_s = asyncio.get_running_loop().time() + after_s
        tell("strike", source="judge", t_s=strike_s, trigger=trigger.name)
    return trigger.prepare(caller, order, ends_after_s)
