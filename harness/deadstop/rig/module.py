"""The `[module]` table: the process that serves the components, if that is one."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo

from deadstop.rig.kinds import Positive, Table, beside_the_rig

__all__ = ["PYTHON", "ModuleConfig"]

PYTHON: Final = "{python}"


def _executable(value: str, info: ValidationInfo) -> str:
    return value if value == PYTHON else beside_the_rig(value, info)


class ModuleConfig(Table):
    """A Viam module, started and spoken to as viam-server would."""

    executable: Annotated[str, AfterValidator(_executable)] = Field(
        default="",
        description="What is started: anything that can be executed, relative to the "
        "rig file; {python} is the Python that runs Deadstop. It is run. By default "
        "a module is made of the components' classes.",
    )
    args: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="Its arguments; the path of the socket it has to serve comes after "
        "them.",
    )
    ready_ms: Positive = Field(
        default=30_000.0,
        description="How long it may take until it is ready and has made the "
        "components. Far more than most need: it only ends a wait. viam-server waits "
        "five minutes.",
    )
