"""How long trying again goes on."""

from __future__ import annotations

import random
import time
from typing import Callable, Optional

#: Trying again ends when nothing has moved for so long; a restart of the server takes some seconds.
RETRY_SECONDS = 60.0
# The first pause, which doubles each time up to the last one. A random part keeps many clients from coming at once.
PAUSE_SECONDS_FIRST = 0.2
PAUSE_SECONDS_MAX = 5.0
# What a server asks for in Retry-After is kept to so far.
RETRY_AFTER_SECONDS_MAX = 60.0


class Patience:
    """Pauses between tries, until `seconds` are over in which nothing has moved."""

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        fraction: Callable[[], float] = random.random,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._fraction = fraction
        self.renew()

    def renew(self) -> None:
        """Something has moved: counts from now on."""
        self._end = self._clock() + self._seconds
        self._pause = PAUSE_SECONDS_FIRST

    def pause(self, retry_after: Optional[float] = None) -> bool:
        """Sleeps until the next try; false where the time for tries is over, or would be."""
        seconds = self._pause * (0.5 + self._fraction() / 2)
        if retry_after is not None:
            seconds = max(seconds, min(retry_after, RETRY_AFTER_SECONDS_MAX))
        self._pause = min(self._pause * 2, PAUSE_SECONDS_MAX)
        if self._clock() + seconds > self._end:
            return False
        self._sleep(seconds)
        return True
