"""`elute bench --model`: the model stands apart from what is measured, says what it is, and its times are its bytes over the bandwidths
that it names, or its operations over half of the peaks; without the option there is none. The table of docs/gpu.md is the program's."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, SOURCE, session

HEADING = "model: counted bytes and operations over published rates, not measured"


def bench(*options):
    with tempfile.TemporaryDirectory() as directory:
        return subprocess.run([PROGRAM, "bench", "--backend", "cpu", "--cells", "8", *options], check=True, capture_output=True, text=True,
                              env=session(directory)).stdout


measured = json.loads(bench("--json"))
assert "model" not in measured
for name, species in (("convection", 4), ("pharmacology", 12)):
    assert measured[name]["species"] == species, measured[name]
    for row in measured[name]["kernels"]:
        assert row["ns_of_diffusion"] > 0 and abs(row["times_diffusion"] / (row["ns"] / row["ns_of_diffusion"]) - 1) < 2e-3, row
    assert {row["name"] for row in measured[name]["kernels"]} < {kernel["name"] for kernel in measured["kernels"]}
report = json.loads(bench("--model", "--json"))
model = report["model"]
assert model["what"] == HEADING
names = [kernel["name"] for kernel in model["kernels"]]
works = [kernel["name"] for kernel in report["kernels"]]
assert names[:len(works)] == works, names
for name in ("residual, flow", "line solve x, flow", "line solve y, flow", "line solve z, flow", "residual, tensors"):
    assert name in names, names


def implied(kernel, device):
    """ns per value: of the bytes, of the operations."""
    return kernel["bytes_moved"] / device["published_GB_per_s"], kernel["operations"] / (device["published_FP64_GFLOPS"] / 2)


for kernel in model["kernels"]:
    assert 0 < kernel["bytes_moved"] <= kernel["bytes_requested"] and kernel["operations"] > 0, kernel
    assert len(kernel["implied_ns_per_value"]) == len(model["devices"])
    for device, ns in zip(model["devices"], kernel["implied_ns_per_value"]):
        longer = max(implied(kernel, device))
        assert abs(ns - longer) <= 1e-3 * longer, (kernel, device)
    assert not any(word in kernel for word in ("ns_per_value", "times_the_bytes")), "a model's number under a measurement's name"
assert not any("bytes_moved" in kernel for kernel in report["kernels"])

measured, mark, modelled = bench("--model").partition(HEADING)
assert mark and "H100" in modelled and "H100" not in measured and "ns per value" not in modelled

with open(os.path.join(SOURCE, "docs", "gpu.md")) as file:
    page = file.read()
for kernel in model["kernels"]:
    cells = [f"{kernel[key]:.1f}" for key in ("bytes_moved", "bytes_requested", "operations", "conversions")]
    for device in model["devices"]:
        of_bytes, of_operations = implied(kernel, device)
        cells.append(f"{of_operations:.4f}*" if of_operations > of_bytes else f"{of_bytes:.4f}")
    assert f"| {kernel['name']} | {' | '.join(cells)} |" in page, f"docs/gpu.md: {kernel['name']} is now {cells}"
