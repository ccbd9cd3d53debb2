"""What no message may ever run. It sings by making a file that `CANARY` names."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "CANARY"


def sing(*_: object, **__: object) -> None:
    """Leave a trace, whoever calls and with whatever."""
    Path(os.environ[VARIABLE]).touch()


class Singer:
    """Sings when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        """Tell pickle to call `sing`."""
        return sing, ()
