"""Every case with `verify:` meets its criteria, and every run's ledger closes to 1e-12 of the turnover."""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import SOURCE, report, run


def obtained_and_allowed(row):
    """What a row of verify.csv obtained, its limit, and whether that is a lower one; differences relative to the value expected"""
    within = re.match(r"(\S+) within (\S+)", row["criterion"])
    if within:
        target, allowed = map(float, within.groups())
        size = abs(target) or 1.0
        return abs(float(row["obtained"]) - target) / size, allowed / size, False
    limit = re.match(r"(above|below) (\S+)$", row["criterion"])
    assert limit, row
    return float(row["obtained"]), float(limit.group(2)), limit.group(1) == "above"




paths = sorted(glob.glob(os.path.join(SOURCE, "cases", "*.yaml")) + glob.glob(os.path.join(SOURCE, "cases", "verification", "*.yaml")))
assert len(paths) >= 8, paths
for path in paths:
    if path.endswith("liposome_dendrimer.yaml"):  # the demo: coarser here
        done = run(path, *[f"--set=mesh.{axis}.cells=24" for axis in "xyz"])
    else:
        done = run(path)
    assert done.closure() < 1e-12, (path, done.closure())
    for row in done.table("verify.csv") if os.path.exists(os.path.join(done.directory, "verify.csv")) else []:
        assert row["verdict"] == "ok", row
        report(f"`{os.path.relpath(path, SOURCE)}`", f"{row['what']} at {float(row['time_s']):g} s", *obtained_and_allowed(row))
