"""What is in the gallery: each broken component with the case that catches it.

Nothing is imported here that a component needs: the judge reads this table.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["BROKEN", "CORRECT", "BrokenComponent", "CorrectComponent", "Stand"]


class Stand(StrEnum):
    """What a component is mounted on: a rig file beside this one, and its motion."""

    MOTOR = "motor"
    ARM = "arm"


@dataclass(frozen=True, slots=True)
class BrokenComponent:
    """A component that is right but for one mistake.

    Attributes:
        id: its number in the catalogue, such as ``B7``.
        mistake: the catalogue's words.
        class_path: ``MODULE:CLASS``.
        invariants: of which at least one has to fail.
        case: in which it is caught, ``MOTION/TRIGGER/MOMENT``.
        stand: what it is mounted on.
    """

    id: str
    mistake: str
    class_path: str
    invariants: tuple[str, ...]
    case: str
    stand: Stand = Stand.MOTOR


@dataclass(frozen=True, slots=True)
class CorrectComponent:
    """A component in which nothing is wrong.

    Attributes:
        id: a short name for it.
        style: how it notices that nobody wants its motion any more.
        class_path: ``MODULE:CLASS``.
        cases: a selection of those that it has to pass.
        stand: what it is mounted on.
    """

    id: str
    style: str
    class_path: str
    cases: tuple[str, ...]
    stand: Stand = Stand.MOTOR


def _broken(
    number: int,
    mistake: str,
    module: str,
    case: str,
    *invariants: str,
    stand: Stand = Stand.MOTOR,
) -> BrokenComponent:
    motion, name = {
        Stand.MOTOR: ("go_for", "BrokenMotor"),
        Stand.ARM: ("joints", "BrokenArm"),
    }[stand]
    return BrokenComponent(
        f"B{number}",
        mistake,
        f"deadstop.gallery.b{number:02}_{module}:{name}",
        invariants,
        f"{motion}/{case}",
        stand,
    )


BROKEN: Final = (
    _broken(
        1,
        "never looks at the operation",
        "never_looks",
        "client-cancel/accelerating",
        "stop-commanded",
    ),
    _broken(
        2,
        "not decorated: its operation is never cancelled",
        "not_decorated",
        "client-close/accelerating",
        "stop-commanded",
    ),
    _broken(
        3,
        "start; sleep; stop, with no try/finally",
        "no_finally",
        "client-kill/accelerating",
        "stop-commanded",
    ),
    _broken(
        4,
        "looks only after the move",
        "looks_afterwards",
        "client-reset/accelerating",
        "stop-commanded",
    ),
    _broken(
        5,
        "polls too slowly",
        "polls_slowly",
        "outer-cancel/accelerating",
        "stop-commanded",
    ),
    _broken(
        6,
        "blocks the event loop with synchronous reads",
        "blocks_the_loop",
        "client-cancel/accelerating",
        "loop-responsive",
    ),
    _broken(
        7,
        "moves in a worker thread that nobody stops",
        "thread_runs_on",
        "client-cancel/accelerating",
        "motion-ceased",
    ),
    _broken(
        8,
        "stop sets a flag, no byte leaves",
        "stop_is_a_flag",
        "client-close/accelerating",
        "stop-commanded",
    ),
    _broken(
        9,
        "stop raises",
        "stop_raises",
        "client-half-close/accelerating",
        "stop-commanded",
        "honest-outcome",
    ),
    _broken(
        10,
        "waits for ever for the stop's acknowledgement",
        "waits_for_ever",
        "client-cancel/cruise",
        "cleanup-complete",
    ),
    _broken(
        11,
        "go_for holds the lock that stop needs",
        "stop_needs_the_lock",
        "client-deadline/accelerating",
        "cleanup-complete",
    ),
    _broken(
        12,
        "cleanup abandoned at the second cancellation",
        "second_cancel",
        "second-cancel/accelerating",
        "stop-commanded",
    ),
    _broken(
        13,
        "cleanup lost at shutdown",
        "lost_at_shutdown",
        "loop-teardown/accelerating",
        "stop-commanded",
    ),
    _broken(
        14,
        "cleanup's exception lost",
        "error_lost",
        "client-cancel/cruise",
        "cleanup-complete",
    ),
    _broken(
        15,
        "the stopping task can be garbage-collected",
        "stop_is_collected",
        "client-close/cruise",
        "cleanup-complete",
    ),
    _broken(
        16,
        "after the stop its control loop commands motion again",
        "commands_again",
        "client-cancel/accelerating",
        "stays-stopped",
    ),
    _broken(
        17,
        "a late write: power applied after the cancellation",
        "late_write",
        "outer-cancel/before-first-byte",
        "stays-stopped",
    ),
    _broken(
        18,
        "state lies: position = target",
        "state_lies",
        "client-cancel/cruise",
        "honest-state",
    ),
    _broken(
        19,
        "only some axes stopped",
        "only_some_joints",
        "client-close/accelerating",
        "motion-ceased",
        stand=Stand.ARM,
    ),
    _broken(
        20,
        "stop itself causes motion (goes home)",
        "stop_goes_home",
        "client-close/cruise",
        "stays-stopped",
    ),
    _broken(
        21,
        "what moves stays on at close",
        "close_lets_it_run",
        "remove/cruise",
        "motion-ceased",
    ),
    _broken(
        22,
        "the old instance keeps the port after reconfigure",
        "old_instance",
        "reconfigure/cruise",
        "port-released",
    ),
    _broken(
        23,
        "the stop frame is glued to half a frame and lost",
        "glued_to_half_a_frame",
        "client-cancel/accelerating",
        "stop-commanded",
    ),
    _broken(
        24,
        "a keep-alive outlives the operation and feeds the deadman",
        "keep_alive_lives_on",
        "client-cancel/cruise",
        "deadman",
    ),
    _broken(
        25,
        "the inner operation runs on",
        "inner_operation",
        "client-close/accelerating",
        "motion-ceased",
        stand=Stand.ARM,
    ),
    _broken(
        26,
        "the downstream call is not cancelled",
        "downstream_call",
        "client-close/accelerating",
        "motion-ceased",
        stand=Stand.ARM,
    ),
    _broken(
        27,
        "CancelledError swallowed",
        "cancelled_swallowed",
        "outer-cancel/cruise",
        "honest-outcome",
    ),
    _broken(
        28,
        "a stray stop after normal completion",
        "stray_stop",
        "none/idle",
        "no-needless-stop",
    ),
    _broken(
        29,
        "the port is not released",
        "keeps_the_port",
        "remove/cruise",
        "port-released",
    ),
    _broken(
        30,
        "the next command fails after a cancellation",
        "busy_for_ever",
        "client-cancel/decelerating",
        "next-works",
    ),
    _broken(
        31,
        "an old operation's stop hits the newer one",
        "stops_the_newer",
        "preempt/cruise",
        "bystanders-unharmed",
    ),
)

# Spread so that all together meet each kind of trigger, at most moments.
CORRECT: Final = (
    CorrectComponent(
        "polling",
        "polls its operation with is_cancelled",
        "deadstop.gallery.c1_polling:PollingMotor",
        (
            "go_for/none/idle",
            "go_for/client-cancel/mid-frame",
            "go_for/client-close/cruise",
            "go_for/client-deadline/decelerating",
            "go_for/second-cancel/awaiting-ack",
            "go_for/preempt/cruise",
            "go_for/loop-teardown/cruise",
            "go_for/unplug/cruise",
        ),
    ),
    CorrectComponent(
        "event-driven",
        "is called back by its operation",
        "deadstop.gallery.c2_event_driven:EventDrivenMotor",
        (
            "go_for/none/idle",
            "go_for/client-kill/cruise",
            "go_for/client-reset/awaiting-ack",
            "go_for/outer-cancel/after-arrival",
            "go_for/call-timeout/accelerating",
            "go_for/stop-rpc/cruise",
            "go_for/remove/accelerating",
            "go_for/board-reset/cruise",
        ),
    ),
    CorrectComponent(
        "try-finally",
        "try and finally, no operation",
        "deadstop.gallery.c3_try_finally:TryFinallyMotor",
        (
            "go_for/none/idle",
            "go_for/client-cancel/arriving",
            "go_for/outer-cancel/before-first-byte",
            "go_for/second-cancel/during-cleanup",
            "go_for/client-deadline/cruise",
            "go_for/preempt/accelerating",
            "go_for/loop-teardown/mid-frame",
            "go_for/host-freeze/cruise",
        ),
    ),
    CorrectComponent(
        "worker-thread",
        "a worker thread looks at a stop flag",
        "deadstop.gallery.c4_worker_thread:WorkerThreadMotor",
        (
            "go_for/none/idle",
            "go_for/client-close/awaiting-ack",
            "go_for/client-kill/accelerating",
            "go_for/second-cancel/cruise",
            "go_for/call-timeout/cruise",
            "go_for/stop-rpc/decelerating",
            "go_for/remove/cruise",
            "go_for/sigkill/cruise",
        ),
    ),
    CorrectComponent(
        "lock-protected",
        "a lock round the wire, which stop does not wait for",
        "deadstop.gallery.c5_lock_protected:LockProtectedMotor",
        (
            "go_for/none/idle",
            "go_for/client-half-close/cruise",
            "go_for/client-cancel/during-cleanup",
            "go_for/outer-cancel/mid-frame",
            "go_for/expired-on-arrival/before-first-byte",
            "go_for/preempt/decelerating",
            "go_for/stop-rpc/awaiting-ack",
            "go_for/unplug/accelerating",
        ),
    ),
    CorrectComponent(
        "operations",
        "awaits its operation; most broken ones are made from it",
        "deadstop.gallery.plain_motor:PlainMotor",
        (
            "go_for/none/idle",
            "go_for/client-cancel/cruise",
            "go_for/loop-teardown/accelerating",
            "go_for/remove/cruise",
        ),
    ),
    CorrectComponent(
        "arm-of-motors",
        "calls motors, each with an operation linked to its own",
        "deadstop.gallery.arm_of_motors:ArmOfMotors",
        (
            "joints/none/idle",
            "joints/client-close/accelerating",
            "joints/second-cancel/cruise",
        ),
        Stand.ARM,
    ),
)
