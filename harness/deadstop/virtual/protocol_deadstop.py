"""``deadstop://NAME``: pyserial's way to a serial port that lives in virtual time.

pyserial finds this module by its name, once its package is among
`serial.protocol_handler_packages`.
"""

from typing import TYPE_CHECKING

from serial.serialutil import PortNotOpenError, SerialBase, SerialException

from deadstop.virtual.ports import PORTS, VirtualPort

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["Serial"]


class Serial(SerialBase):
    """A serial port as pyserial's own; only the line's far end is simulated."""

    _virtual: VirtualPort | None = None

    def open(self) -> None:
        """Open the port.

        Raises:
            SerialException: there is none of that name, it is unplugged, or another
                has it open for itself alone.
        """
        if self.is_open:
            raise SerialException("Port is already open.")
        name = str(self.port).partition("://")[2]
        port = PORTS.get(name)
        if port is None:
            raise SerialException(2, f"could not open port {self.port}: no such port")
        port.open()
        self._virtual = port
        self.is_open = True

    def close(self) -> None:
        """Close the port."""
        if self.is_open:
            self.is_open = False
            self._port_now.close()

    @property
    def _port_now(self) -> VirtualPort:
        if self._virtual is None:
            raise PortNotOpenError
        return self._virtual

    def fileno(self) -> int:
        """Return its descriptor."""
        return self._port_now.fd

    @property
    def in_waiting(self) -> int:
        """How many bytes can be read."""
        return self._port_now.unread_bytes

    @property
    def out_waiting(self) -> int:
        """How many bytes have not left yet."""
        return self._port_now.unsent_bytes

    def read(self, size: int = 1) -> bytes:
        """Read up to *size* bytes; blocks for as long as the time-out says."""
        port = self._port_now
        within_s = float("inf") if self.timeout is None else float(self.timeout)
        if within_s > 0:
            port.wait_for(size, within_s)
        try:
            return port.read(size)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise SerialException(f"read failed: {error}") from error

    def write(self, data: "ReadableBuffer") -> int:
        """Write *data*; there is always room."""
        try:
            return self._port_now.write(bytes(data))
        except OSError as error:
            raise SerialException(f"write failed: {error}") from error

    def flush(self) -> None:
        """Block until what was written has left."""
        self._port_now.drain()

    def reset_input_buffer(self) -> None:
        """Drop what can be read."""
        self._port_now.drop_input()

    def reset_output_buffer(self) -> None:
        """Drop what has not left."""
        self._port_now.drop_output()

    def cancel_read(self) -> None:
        """There is nobody else to cancel it for."""

    def cancel_write(self) -> None:
        """There is nobody else to cancel it for."""

    def _reconfigure_port(self, *, force_update: bool = False) -> None:
        """A virtual line has its own speed."""

    def _update_rts_state(self) -> None:
        """Nothing is at the other end of RTS."""

    def _update_dtr_state(self) -> None:
        """DTR resets no simulated board, as the tap's pty does not."""

    def _update_break_state(self) -> None:
        """No board here knows a break."""

    cts = dsr = cd = True
    ri = False
