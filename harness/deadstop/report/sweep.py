"""What a sweep found, as JSON."""

import json
from importlib.metadata import version

from deadstop.sweep.results import SweepResult
from deadstop.sweep.sweep import SweepWish

__all__ = ["sweep_json"]


def sweep_json(result: SweepResult, wish: SweepWish) -> str:
    """Return the figures, and each failure with its schedule."""
    content = {
        "schema": 1,
        "deadstop": version("deadstop"),
        "rig": {
            "name": wish.rig.name,
            "board": wish.rig.board.kind,
            "proves": wish.rig.board.proves,
        },
        "component": wish.component,
        "clock": "virtual",
        "seed": wish.seed,
        "sweep": result.as_dict(),
        "failures": [
            {
                "motion": window.first.motion,
                "trigger": window.first.trigger,
                "step": window.first.step,
                "after_s": window.first.after_s,
                "second": window.first.second or None,
                "second_step": window.first.second_step
                if window.first.second
                else None,
                "window": len(window.findings),
                "failed": [list(pair) for pair in window.first.failed],
                "error": window.first.error or None,
                "trace_hash": window.first.hash,
            }
            for window in result.windows()
        ],
        "exit_code": int(result.exit_code),
    }
    return json.dumps(content, indent=1) + "\n"
