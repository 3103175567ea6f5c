"""How long trying again goes on."""

from __future__ import annotations

import unittest
from typing import List

from inference_client.patience import PAUSE_SECONDS_MAX, RETRY_AFTER_SECONDS_MAX, Patience


class PatienceTest(unittest.TestCase):
    def setUp(self) -> None:
        self.now = 0.0
        self.slept: List[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, seconds: float) -> Patience:
        return Patience(seconds, clock=lambda: self.now, sleep=self.sleep, fraction=lambda: 1.0)

    def test_pauses_double_up_to_a_bound_and_end_with_the_time(self) -> None:
        patience = self.patience(20.0)
        while patience.pause():
            pass
        self.assertEqual(self.slept[:5], [0.2, 0.4, 0.8, 1.6, 3.2])
        self.assertEqual(max(self.slept), PAUSE_SECONDS_MAX)
        self.assertLessEqual(self.now, 20.0)

    def test_when_something_has_moved_the_time_counts_anew(self) -> None:
        patience = self.patience(3.0)
        for _ in range(10):
            self.assertTrue(patience.pause())
            self.assertTrue(patience.pause())
            patience.renew()
        self.assertGreater(self.now, 5.0)

    def test_a_server_that_asks_for_more_time_gets_it_within_the_bound(self) -> None:
        self.assertTrue(self.patience(100.0).pause(retry_after=7.0))
        self.assertTrue(self.patience(100.0).pause(retry_after=1e9))
        self.assertFalse(self.patience(5.0).pause(retry_after=7.0))
        self.assertEqual(self.slept, [7.0, RETRY_AFTER_SECONDS_MAX])
