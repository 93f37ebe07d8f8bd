"""Called by run.sh, which sets the surroundings: everything is run, timed and written down, whatever fails on the way.
    measure.py PROGRAM TESTS SOURCE FOLDER"""
import csv
import glob
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

PROGRAM, TESTS, SOURCE, FOLDER = sys.argv[1:5]
STAND_IN = bool(os.environ.get("ELUTE_GPU_STAND_IN"))
LIMIT = 460  # s for everything
CASES = ["liposome_dendrimer", "binding", "sphere_uptake"]
AGREE = 1e-10  # of backends on the same steps (relative to a species' largest amount)
started = time.monotonic()
scratch = tempfile.TemporaryDirectory(prefix="elute-gpu-")
steps = []


def call(name, *command, share=1.0):
    """Runs within a share of the time that is left; the output, None where it failed."""
    left = max(1, LIMIT - (time.monotonic() - started))
    begin = time.monotonic()
    try:
        done = subprocess.run(command, cwd=scratch.name, capture_output=True, text=True, timeout=share * left)
        code, out, said = done.returncode, done.stdout, (done.stderr or done.stdout)
    except subprocess.TimeoutExpired:
        code, out, said = -1, "", f"stopped after {share * left:.0f} s"
    except OSError as error:
        code, out, said = -1, "", str(error)
    step = {"name": name, "ok": code == 0, "exit_code": code, "seconds": round(time.monotonic() - begin, 3)}
    if code:
        step["said"] = said.strip()[-600:]
    steps.append(step)
    print(f"{'ok  ' if code == 0 else 'FAIL'} {name} ({step['seconds']:.1f} s)" + (f": {said.strip()[-300:]}" if code else ""), flush=True)
    return out if code == 0 else None


def expect(name, ok, said):
    steps.append({"name": name, "ok": bool(ok), "said": said})
    print(f"{'ok  ' if ok else 'FAIL'} {name}: {said}", flush=True)


def query(*names):
    """What nvidia-smi says of the first GPU; nothing where there is none."""
    try:
        done = subprocess.run(["nvidia-smi", f"--query-gpu={','.join(names)}", "--format=csv,noheader", "--id=0"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    if done.returncode or not done.stdout.strip():
        return {}
    return dict(zip(names, (value.strip() for value in done.stdout.splitlines()[0].split(", "))))


def backend():
    """cuda; where something stands in for the device, whatever that build has."""
    probe = os.path.join(SOURCE, "cases", "binding.yaml")
    if STAND_IN and subprocess.run([PROGRAM, "check", probe, "--backend", "cuda"], cwd=scratch.name, capture_output=True).returncode:
        return "guard"
    return "cuda"


def run_case(name, path, device, *more):
    out = os.path.join(scratch.name, name.replace("/", "_"))
    if call(name, PROGRAM, "run", path, "--quiet", "--output", out, "--backend", device, *more, share=0.4) is None:
        return None
    with open(os.path.join(out, "run.json")) as file:
        return out, json.load(file)


def busy_while(run):
    """Calls run; its answer, and the part of the time in which a kernel ran on the first GPU (nvidia-smi), None where nothing says."""
    with open(os.path.join(scratch.name, "busy"), "w+") as file:
        try:
            watch = subprocess.Popen(["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--id=0", "--loop-ms=200"],
                                     stdout=file, stderr=subprocess.DEVNULL)
        except OSError:
            return run(), None
        answer = run()
        watch.terminate()
        watch.wait()
        file.seek(0)
        seen = [float(line) for line in file if line.strip().isdigit()]
    first = next((i for i, value in enumerate(seen) if value > 0), 0)  # the host sets up before and writes after
    last = next((i for i, value in reversed(list(enumerate(seen))) if value > 0), -1)
    seen = seen[first + 1:last]
    return answer, sum(seen) / len(seen) / 100 if seen else None


def over_its_kernels(bench):
    """A whole ros2 step over the sum of the kernels that it is made of: two stages, the sum between them, the end."""
    ns = {kernel["name"]: kernel["ns_per_value"] for kernel in bench["kernels"]}
    stage = sum(ns[name] for name in ("residual", "reaction solve", "line solve x", "line solve y", "line solve z"))
    return ns["ros2 step"] / (2 * stage + ns["sum of two"] + ns["end of a step"])


def amounts(directory):
    with open(os.path.join(directory, "ledger.csv")) as file:
        return [(row["species"], float(row["amount"])) for row in csv.DictReader(file) if row["place"] != "closure"]


def difference(first, second):
    """Largest difference of two ledgers, relative to the largest amount of the species."""
    a, b, largest = amounts(first), amounts(second), {}
    if [row[0] for row in a] != [row[0] for row in b]:
        return float("inf")
    for species, amount in a:
        largest[species] = max(largest.get(species, 0), abs(amount))
    return max(abs(x - y) / (largest[species] or 1) for (species, x), (_, y) in zip(a, b))


def case_line(name, device):
    """The case on the device, and again on the CPU with the same steps."""
    path = os.path.join(SOURCE, "cases", f"{name}.yaml")
    found, busy = busy_while(lambda: run_case(f"case {name}", path, device))
    if not found:
        return None
    directory, record = found
    line = {"case": name, "unknowns": record["unknowns"], "steps": record["steps"]["accepted"], "seconds": record["seconds"]["run"],
            "bytes_to_device_per_step": record["traffic"]["stepping"]["bytes_to_backend"] / max(1, record["steps"]["accepted"]),
            "bytes_to_host_per_step": record["traffic"]["stepping"]["bytes_to_host"] / max(1, record["steps"]["accepted"]),
            "ledger_closure": record["ledger_closure"], "device": record.get("device"), "device_busy": busy}
    again = run_case(f"case {name} on the CPU, same steps", path, "cpu", "--replay-steps", directory)
    if again:
        line["seconds_cpu"] = again[1]["seconds"]["run"]
        line["difference_from_cpu"] = difference(directory, again[0])
        expect(f"case {name}: agrees with the CPU", line["difference_from_cpu"] <= AGREE, f"{line['difference_from_cpu']:.2g}, criterion {AGREE:g}")
    expect(f"case {name}: the ledger closes", line["ledger_closure"] < 1e-12, f"{line['ledger_closure']:.2g}")
    return line


def markdown(report):
    gpu, bench = report["gpu"], report["benchmark"]
    lines = ["# Elute on a GPU", "", f"{report['date']}, Elute {report['elute']}, commit {report['commit']}, {report['machine']}.", ""]
    if report["stand_in"]:
        lines += ["**No GPU took part: something stood in for it. This is a test of the script, not a measurement.**", ""]
    lines += ["| | |", "|---|---|"] + [f"| {name} | {value} |" for name, value in gpu.items()] + [""]
    if bench:
        lines += [f"{' x '.join(map(str, bench['cells']))} cells, {bench['species']} species, backend {bench['backend']}:", "",
                  f"Memory bandwidth, measured just before: copy {bench['copy_GB_per_s']:.4g} GB/s, triad {bench['triad_GB_per_s']:.4g} GB/s.", "",
                  "| kernel | ns per value | compulsory bytes | GB/s of these | share of the copy's |", "|---|---|---|---|---|"]
        for kernel in bench["kernels"]:
            rate = kernel["compulsory_bytes"] / kernel["ns_per_value"]
            lines.append(f"| {kernel['name']} | {kernel['ns_per_value']:.4g} | {kernel['compulsory_bytes']:.0f} | {rate:.4g} | {rate / bench['copy_GB_per_s']:.0%} |")
        lines += ["", f"A whole step takes {over_its_kernels(bench):.3g} times the sum of its kernels (goal: 1.3)."]
        lines += ["", "The same mesh without reactions, at rest and with fluid that moves along every axis:", "",
                  "| kernel | ns per value at rest | with flow | times at rest |", "|---|---|---|---|"]
        lines += [f"| {k['name']} | {k['ns_of_diffusion']:.4g} | {k['ns']:.4g} | {k['times_diffusion']:.3g} |" for k in bench["convection"]["kernels"]]
        lines.append("")
    lines += ["| case | unknowns | steps | s | s on one CPU core, same steps | bytes to device / host per step | device busy (goal: 95 %) | difference from the CPU |", "|---|---|---|---|---|---|---|---|"]
    for c in report["cases"]:
        lines.append(f"| {c['case']} | {c['unknowns']:.0f} | {c['steps']:.0f} | {c['seconds']:.3g} | {c.get('seconds_cpu', float('nan')):.3g} | "
                     f"{c['bytes_to_device_per_step']:.0f} / {c['bytes_to_host_per_step']:.0f} | {'?' if c['device_busy'] is None else format(c['device_busy'], '.0%')} | {c.get('difference_from_cpu', float('nan')):.2g} |")
    lines += ["", "| check | | s |", "|---|---|---|"]
    lines += [f"| {s['name']} | {'ok' if s['ok'] else 'FAILED'} | {s.get('seconds', '')} |" for s in report["checks"]]
    return "\n".join(lines) + "\n"


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path + ".part", "w") as file:
        file.write(text)
    os.replace(path + ".part", path)
    print(path)


def main():
    gpu = query("name", "driver_version", "memory.total", "clocks.max.sm", "clocks.max.mem", "power.limit", "compute_cap")
    version = (call("program starts", PROGRAM, "--version") or "?").replace("elute", "").strip()
    commit = subprocess.run(["git", "-C", SOURCE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip() or "unknown"
    device = backend()
    for test in sorted(glob.glob(os.path.join(TESTS, "parity_*"))):
        if os.access(test, os.X_OK) and os.path.isfile(test):
            call(f"test {os.path.basename(test)}", test, "-j1", share=0.5)
    for path in sorted(glob.glob(os.path.join(SOURCE, "cases", "verification", "*.yaml"))):
        run_case(f"verification/{os.path.basename(path)[:-5]}", path, device)
    cases = [line for line in (case_line(name, device) for name in CASES) if line]
    for cells, share in (("32", 0.9),) if STAND_IN else (("256", 0.7), ("128", 0.9)):  # the smaller where a slow host takes too long
        text = call(f"benchmark, {cells} cells along an axis", PROGRAM, "bench", "--backend", device, "--cells", cells, "--json", share=share)
        if text:
            break
    gpu.update(query("clocks.sm", "clocks.mem", "temperature.gpu"))  # as the benchmark left them
    report = {"date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "stand_in": STAND_IN, "elute": version, "commit": commit,
              "machine": f"{platform.machine()}, {os.cpu_count()} cores", "gpu": gpu, "backend": device, "checks": steps, "cases": cases,
              "benchmark": json.loads(text) if text else None, "seconds": round(time.monotonic() - started, 1)}
    write("gpu-report.json", json.dumps(report, indent=2) + "\n")
    write("gpu-report.md", markdown(report))
    failed = [step["name"] for step in steps if not step["ok"]]
    print(f"{len(steps) - len(failed)} of {len(steps)} as expected, {report['seconds']:.0f} s")
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


main()
