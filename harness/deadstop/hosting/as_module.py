"""Any component classes as a Viam module: ``python -m deadstop.hosting.as_module``.

Its arguments are ``MODEL=MODULE:CLASS`` for each class, then the path of the socket.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

from viam.components.component_base import ComponentBase
from viam.module.module import Module
from viam.proto.app.robot import ComponentConfig
from viam.resource.registry import Registry, ResourceCreatorRegistration
from viam.resource.types import Model

from deadstop.hosting.loading import LoadError, load_class

__all__ = ["main"]


def main() -> None:
    """Serve the classes that the command line names."""
    *models, path = sys.argv[1:]
    for word in models:
        model, _, spec = word.partition("=")
        try:
            cls = load_class(spec, str(Path.cwd()))
        except LoadError as error:
            raise SystemExit(str(error)) from error
        made = ResourceCreatorRegistration(getattr(cls, "new", partial(_plain, cls)))
        if hasattr(cls, "validate_config"):
            made.validator = cls.validate_config
        Registry.register_resource_creator(cls.API, Model.from_string(model), made)
    sys.argv[1:] = [path]
    asyncio.run(Module.run_from_registry())  # type: ignore[no-untyped-call]


def _plain(
    cls: type[ComponentBase], config: ComponentConfig, _: object
) -> ComponentBase:
    return cls(config.name)


if __name__ == "__main__":
    main()
