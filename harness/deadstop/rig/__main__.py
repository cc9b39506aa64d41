"""Print the schema: ``python -m deadstop.rig > rigs/rig.schema.json``."""

import sys

from deadstop.rig.schema import schema_text

sys.stdout.write(schema_text())
