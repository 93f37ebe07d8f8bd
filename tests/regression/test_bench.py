"""`elute bench --model`: the model stands apart from what is measured, says what it is, and its times are its bytes over the bandwidths
that it names; without the option there is none. The table of docs/gpu.md is the program's."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, SOURCE, session

HEADING = "model: counted bytes over published bandwidth, not measured"


def bench(*options):
    with tempfile.TemporaryDirectory() as directory:
        return subprocess.run([PROGRAM, "bench", "--backend", "cpu", "--cells", "8", *options], check=True, capture_output=True, text=True,
                              env=session(directory)).stdout


assert "model" not in json.loads(bench("--json"))
report = json.loads(bench("--model", "--json"))
model = report["model"]
assert model["what"] == HEADING
assert [kernel["name"] for kernel in model["kernels"]] == [kernel["name"] for kernel in report["kernels"]]
for kernel in model["kernels"]:
    assert 0 < kernel["bytes_moved"] <= kernel["bytes_requested"], kernel
    assert len(kernel["implied_ns_per_value"]) == len(model["devices"])
    for device, ns in zip(model["devices"], kernel["implied_ns_per_value"]):
        implied = kernel["bytes_moved"] / device["published_GB_per_s"]
        assert abs(ns - implied) <= 1e-3 * implied, (kernel, device)
    assert not any(word in kernel for word in ("ns_per_value", "times_the_bytes")), "a model's number under a measurement's name"
assert not any("bytes_moved" in kernel for kernel in report["kernels"])

reactions = report["pharmacology"]
assert (reactions["species"], reactions["reactions"]) == (12, 20), reactions
assert {kernel["name"] for kernel in reactions["kernels"]} == {"residual", "reaction solve", "ros2 step"}
assert all(kernel["ns_per_value"] > 0 for kernel in reactions["kernels"]), reactions

measured, mark, modelled = bench("--model").partition(HEADING)
assert mark and "H100" in modelled and "H100" not in measured and "ns per value" not in modelled

with open(os.path.join(SOURCE, "docs", "gpu.md")) as file:
    page = file.read()
for kernel in model["kernels"]:
    cells = [f"{kernel[key]:.1f}" for key in ("bytes_moved", "bytes_requested")]
    cells += [f"{kernel['bytes_moved'] / device['published_GB_per_s']:.4f}" for device in model["devices"]]
    assert f"| {kernel['name']} | {' | '.join(cells)} |" in page, f"docs/gpu.md: {kernel['name']} is now {cells}"
