"""What a rig file says; opens nothing."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _M(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LoopbackBoardConfig(_M):
    kind: Literal["loopback"] = "loopback"
    baud: int = 115200
    axes: str = "ab"

    @property
    def proves(self) -> str:
        return "wire"

    @property
    def simulated(self) -> bool:
        return True


class ComponentConfig(_M):
    class_path: str = Field(alias="class")
    axis: str
    attributes: dict[str, Any] = {}

    def attributes_for(self, port: str) -> dict[str, Any]:
        return {
            k: v.replace("{port}", port) if isinstance(v, str) else v
            for k, v in self.attributes.items()
        }


class CallConfig(_M):
    component: str
    method: str
    args: dict[str, Any] = {}


class MotionConfig(_M):
    calls: tuple[CallConfig, ...]
    struck: str = ""

    def next_of(self, call):
        return call.model_copy(
            update={"method": "go_for", "args": {"rpm": 150.0, "revolutions": 0.1}}
        )


class Limits(_M):
    stop_commanded_ms: float = 50
    standstill_ms: float = 300
    stop_distance_rev: float = 0.6
    cleanup_ms: float = 500
    quiet_ms: float = 150
    loop_block_ms: float = 100
    motion_ms: float = 10000
    position_tolerance_rev: float = 0.01
    call_ms: float = 5000


class Rig(_M):
    name: str
    description: str = ""
    board: LoopbackBoardConfig
    components: dict[str, ComponentConfig]
    motions: dict[str, MotionConfig]
    limits: Limits = Limits()


def load_rig(name: str) -> Rig:
    return Rig.model_validate(tomllib.loads(Path("/tmp/w/loopback.toml").read_text()))
