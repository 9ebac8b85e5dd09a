"""Faults on the host at random points of real runs (docs/faults.md): always the same ones, by their seed."""
import subprocess
import sys
import unittest

import harness

SEED, RUNS = 14, 60


class Faults(unittest.TestCase):
    def test_nothing_is_lost_left_or_hangs(self):
        """[A12][A13]"""
        harness.busybox_root()
        done = subprocess.run([sys.executable, harness.TOP / "scripts" / "faults", "--seed", str(SEED), "--runs", str(RUNS)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        print(done.stdout, flush=True)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:])


if __name__ == "__main__":
    unittest.main()
