"""Find the component's class and make it, as a Viam module would."""

import importlib
import sys
from collections.abc import Mapping
from typing import Any

from viam.components.component_base import ComponentBase
from viam.proto.app.robot import ComponentConfig
from viam.resource.registry import Registry, ResourceRegistration
from viam.resource.types import API
from viam.utils import dict_to_struct

__all__ = ["LoadError", "load_class", "lookup_api", "make_component"]


class LoadError(Exception):
    """The component cannot be used; the message is one line for its writer."""


def _one_line(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def load_class(spec: str, folder: str) -> type[ComponentBase]:
    """Import ``MODULE:CLASS`` as `python -m` in *folder* would.

    Raises:
        LoadError: it does not import, or is not a Viam component.
    """
    module_name, colon, class_name = spec.partition(":")
    if not (colon and module_name and class_name):
        raise LoadError(
            f"component {spec!r}: write it as MODULE:CLASS, "
            "such as arduino_actuators.motor:ArduinoMotor"
        )
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise LoadError(
            f"component {spec!r} does not import: {_one_line(error)}"
        ) from error
    found = getattr(module, class_name, None)
    if found is None:
        raise LoadError(f"component {spec!r}: {module_name} has no {class_name!r}")
    if not (
        isinstance(found, type)
        and issubclass(found, ComponentBase)
        and hasattr(found, "API")
    ):
        raise LoadError(
            f"component {spec!r} is not a Viam component: "
            "it must be a class derived from one in viam.components"
        )
    abstract = sorted(getattr(found, "__abstractmethods__", ()))
    if abstract:
        raise LoadError(f"component {spec!r} does not implement {', '.join(abstract)}")
    if found.API not in Registry.REGISTERED_APIS():
        raise LoadError(f"component {spec!r}: its API {found.API} is not registered")
    return found


def lookup_api(name: str) -> ResourceRegistration[Any]:
    """Return the SDK's registration of an API such as ``rdk:component:motor``.

    Raises:
        LoadError: this SDK does not know it.
    """
    api = API.from_string(name)
    try:
        # The SDK registers an API when its package is imported, and not before.
        importlib.import_module(f"viam.components.{api.resource_subtype}")
        return Registry.lookup_api(api)
    except Exception as error:
        raise LoadError(f"the Viam SDK has no client for {name!r}") from error


def make_component(
    cls: type[ComponentBase], name: str, attributes: Mapping[str, Any]
) -> ComponentBase:
    """Make the component through ``validate_config`` and ``new`` where it has them.

    Raises:
        LoadError: it refuses its configuration or raises in its constructor.
    """
    config = ComponentConfig(name=name, attributes=dict_to_struct(attributes))
    try:
        validate = getattr(cls, "validate_config", None)
        if validate is not None:
            validate(config)
        new = getattr(cls, "new", None)
        made: ComponentBase = new(config, {}) if new is not None else cls(name)
    except (Exception, SystemExit) as error:
        raise LoadError(
            f"component {cls.__module__}:{cls.__qualname__} cannot be made "
            f"as {name!r}: {_one_line(error)}"
        ) from error
    return made
