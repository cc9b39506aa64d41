"""`deadstop doctor`: what can be asked of it."""

from typing import Final

from deadstop.commands.options import RigOption

__all__ = ["EXAMPLES", "doctor"]

EXAMPLES: Final = "Example: deadstop doctor --rig uno-motor"


def doctor(rig: RigOption = "uno-motor") -> int:
    """Look at all that the rig's real boards need here, and say what to do.

    Port, permission, ModemManager, latency timer, who else has it open, reset,
    firmware, echo time, losses. Nothing moves. Exit code 21 if something has to be
    mended first.
    """
    from deadstop.doctor_command import carry_out_doctor  # noqa: PLC0415
    from deadstop.rig import load_rig  # noqa: PLC0415 - keeps --help quick

    return carry_out_doctor(load_rig(rig))
