"""Killed at any moment, also while a checkpoint is written, a run goes on from what is on disk and ends as if nothing had happened.

Usage: test_killed.py [KILLS]; 20 without an argument."""
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from restart import FLOW, checkpoints, expect, expect_same, finish, fresh, running, start, write

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
path, whole, cut = write(FLOW), os.path.join(fresh(), "run"), os.path.join(fresh(), "run")
# a checkpoint after every step
each = ("--backend", "cpu", "--set", "checkpoint.every_model_time=1 s")
begin = time.monotonic()
expect("whole", start(path, whole, *each).code == 0)
lasts = time.monotonic() - begin
seed = random.randrange(1 << 32)
print(f"seed {seed}, a whole run takes {lasts:.1f} s")
chance, kills, ends, amid = random.Random(seed), 0, 0, 0
while kills < KILLS:
    # a directory that was left before there was a checkpoint is begun anew
    process = running(path, cut, "--restart", *each, *(() if checkpoints(cut) else ("--force",)))
    try:
        process.wait(timeout=chance.uniform(0, lasts))
    except Exception:
        process.kill()
    _, err = process.communicate()
    if process.returncode == 0:
        ends += 1
        expect_same(f"after {kills} kills", cut, whole)
        cut = os.path.join(fresh(), "run")
        continue
    expect(f"kill {kills}: ended by itself with {process.returncode}: {err}", process.returncode == -9)
    expect(f"kill {kills}: {err}", "damaged" not in err)
    amid += bool(checkpoints(cut, ".part"))
    kills += 1
done = start(path, cut, "--restart", *each, *(() if checkpoints(cut) else ("--force",)))
expect(f"the last: exit code {done.code}", done.code == 0, done)
expect_same("the last", cut, whole)
print(f"{kills} kills, {amid} while a checkpoint was written, {ends + 1} runs that came to their end")
finish()
