"""The JSON Schema of a rig file, for editors."""

import json
from typing import Any

from deadstop.rig.model import Rig

__all__ = ["rig_schema", "schema_text"]


def rig_schema() -> dict[str, Any]:
    """Return the schema, made from the model."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Rig.model_json_schema(by_alias=True),
        "title": "Deadstop rig file",
    }


def schema_text() -> str:
    """Return the schema as the file `rigs/rig.schema.json` has it."""
    return json.dumps(rig_schema(), indent=2, ensure_ascii=True) + "\n"
