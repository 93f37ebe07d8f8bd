"""Every case with `verify:` meets its criteria, and every run's ledger closes to 1e-12 of the turnover."""
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import SOURCE, run

paths = sorted(glob.glob(os.path.join(SOURCE, "cases", "*.yaml")) + glob.glob(os.path.join(SOURCE, "cases", "verification", "*.yaml")))
assert len(paths) >= 8, paths
for path in paths:
    if path.endswith("liposome_dendrimer.yaml"):  # the demo: coarser here
        done = run(path, *[f"--set=mesh.{axis}.cells=24" for axis in "xyz"])
    else:
        done = run(path)
    assert done.closure() < 1e-12, (path, done.closure())
    for row in done.table("verify.csv") if os.path.exists(os.path.join(done.directory, "verify.csv")) else []:
        print(f"{os.path.basename(path)}: {row['what']} obtained {row['obtained']} criterion {row['criterion']}")
        assert row["verdict"] == "ok", row
