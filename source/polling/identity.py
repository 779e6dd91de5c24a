"""Which socket answers: a device is one piece of hardware, told by its MAC address (pure)."""

from __future__ import annotations

from dataclasses import replace

from source.errors import WrongSocket
from source.model import Checkpoint


class Identity:
    """Knows the MAC address that the answers of one device are to have.

    The one that its entry names; else the one that answered at the same address before; else that
    of the first answer. An answer without a MAC address tells nothing, and is taken.
    """

    def __init__(self, mac: str | None, address: str | None, checkpoint: Checkpoint | None) -> None:
        """``mac`` and ``address`` are those of the device's entry."""
        self._address = address
        self._expected = mac
        if mac is None and checkpoint is not None and checkpoint.address == address:
            self._expected = checkpoint.mac

    def check(self, mac: str | None) -> None:
        """Refuse the answer of another socket. Raises WrongSocket."""
        if mac is None or mac == self._expected or self._expected is None:
            return
        raise WrongSocket(
            f"another socket answers, its MAC address is {mac} and not {self._expected}: correct"
            f' ip, or write "mac": "{mac}" into its entry if it is the right one'
        )

    def learn(self, mac: str | None) -> None:
        """An answer was taken and is stored: from now on it is this socket."""
        if mac is not None:
            self._expected = mac

    def signed(self, checkpoint: Checkpoint, mac: str | None) -> Checkpoint:
        """The meter's state with the socket that was read, where that told its MAC address."""
        if mac is None:
            return checkpoint
        return replace(checkpoint, mac=mac, address=self._address)
