#!/bin/sh
# What viam-server executes, with the path of a socket as its argument. `exec`, so that
# its SIGTERM reaches the module itself and not a shell that dies without it.
#
# PYTHON names the interpreter that has what README.md asks for.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit
export PYTHONPATH="${here%/*}${PYTHONPATH:+:$PYTHONPATH}"
exec "${PYTHON:-python3}" -m arduino_actuators "$@"
