"""Random valid cases (generate.py) against what must hold whatever the case: mass, bounds, the same fields with the guard, on two ranks,
after a restart, and in a mirror. Every case that once failed stands in found/ and is tried each time.

    python3 tests/soak/soak.py 500           cases 0 to 499
    python3 tests/soak/soak.py 25 1000       cases 1000 to 1024
    python3 tests/soak/soak.py 1 317 --show  prints case 317
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from driver import PROGRAM, Run, fields, run
from generate import generate

for name in ("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe"):
    os.environ.setdefault(name, "1")


# What counts as none where nothing should be: the velocity (m/s) and outflow (m3/s) of fluid at rest, the spread of what is even.
REST = {"fields: velocity": 1e-16, "endpoints.json: outflow": 1e-20, "endpoints.json: exposure.distribution": 1e-15, "endpoints.json: highest.distribution": 1e-15}


def differ(a, b, within):
    """What elute diff finds beyond a relative difference."""
    done = subprocess.run([PROGRAM, "diff", a.directory, b.directory], capture_output=True, text=True)
    assert done.returncode in (0, 3), done
    found = []
    for line in done.stdout.splitlines()[:-1]:
        number = re.match(r"(.*\S) +([\d.e+-]+|inf) +([\d.e+-]+|inf) +([\d.e+-]+|inf)  ", line)
        small = number and (float(number[3]) <= within or float(number[2]) <= REST.get(number[1].rpartition(".")[0] or number[1], 0))
        if not small and not line.startswith("quantity "):
            found.append(line)
    return found


def ledger(done):
    """{(time, species, place): amount}, each species' largest amount"""
    rows = {(row["time_s"], row["species"], row["place"].replace("x-", "x").replace("x+", "x")): 0.0 for row in done.table("ledger.csv")}
    largest = {}
    for row in done.table("ledger.csv"):
        if row["place"] != "closure":
            rows[row["time_s"], row["species"], row["place"].replace("x-", "x").replace("x+", "x")] += float(row["amount"])
            largest[row["species"]] = max(largest.get(row["species"], 0), abs(float(row["amount"])))
    return rows, largest


def mirrored(a, b, within):
    """The ledgers of a case and its mirror image; the two sides along x are one place."""
    (rows, largest), (others, _) = ledger(a), ledger(b)
    return [f"mirror: {key}: {rows[key]!r} and {others.get(key)!r}" for key in rows if not abs(rows[key] - others.get(key, float("nan"))) <= within * largest.get(key[1], 1)]


def restarted(text):
    """A run that went on from its last checkpoint."""
    words = ("--quiet", "--backend", "cpu", "--set=checkpoint.every_model_time=4 min")
    done = run("", *words, text=text, expect=None)
    if isinstance(done, Run):
        again = subprocess.run([PROGRAM, "run", "case-in.yaml", "--output", "run", "--restart", *words], cwd=os.path.dirname(done.directory), capture_output=True, text=True)
        return Run(done.directory) if again.returncode == 0 else again
    return done


def examine(number):
    """What does not hold in the case of this number, or in the file of this name."""
    if isinstance(number, str):
        with open(number) as file:
            text, mirrors = file.read(), False
    else:
        text, mirrors = generate(number)
    done = run("", "--quiet", "--backend", "cpu", text=text, expect=None)
    if not isinstance(done, Run):
        return [f"exit code {done.returncode}: {done.stderr.strip()}"]
    found = [f"closure {done.closure():g}"] if not done.closure() < 1e-12 else []
    accuracy = float(re.search(r'"accuracy": (\S+?),', text)[1])
    peaks_of = re.search(r'"highest": \{\s*"kind": "peak",\s*"of": "(\S+)"', text)[1]
    states = [fields(done, state)[0] for state in range(3)]
    for name, minimum in done.record["minimum"].items():
        value, scale = next(iter(minimum.values())), max(abs(state[f"{name}_in_tissue"]).max() for state in states)
        scale = max(scale, states[-1]["highest_peak"].max() if name == peaks_of else 0)
        if not value >= -accuracy * scale:
            found.append(f"{name} falls to {value:g}, where its largest is {scale:g}")
    # GMRES answers to the last bits of its start where fronts pass (docs/verification.md); the pressure has a tolerance; all else is the
    # same to rounding.
    within = accuracy if done.record["steps"]["gmres_stages"] else 1e-8 if '"darcy_starling"' in text else 1e-9
    replay = ("--quiet", "--backend", "cpu", "--replay-steps", done.directory)
    others = {"guard": (0, run("", "--quiet", "--backend", "guard", text=text, expect=None)), "two ranks": (within, run("", *replay, text=text, ranks=2, expect=None)),
              "restart": (0, restarted(text))}
    for what, (limit, other) in others.items():
        found += [f"{what}: {line}" for line in (differ(done, other, limit) if isinstance(other, Run) else [other.stderr])]
    if mirrors: # the parts of cells within a shape are integrals to about 1e-8
        other = run("", *replay, text=generate(number, mirrored=True)[0], expect=None)
        found += mirrored(done, other, max(within, 1e-7)) if isinstance(other, Run) else [f"mirror: exit code {other.returncode}: {other.stderr}"]
    return found


numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
count, first = (numbers + [25, 0][len(numbers):])[:2]
if "--show" in sys.argv:
    print(generate(first)[0])
    sys.exit(0)
found_before = sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "found", "*.yaml")))
cases, failed = found_before + list(range(first, first + count)), 0
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for name, found in zip(cases, pool.map(examine, cases)):
        failed += bool(found)
        for line in found:
            print(f"case {name}: {line}", flush=True)
print(f"{len(found_before)} cases found before and {count} from {first} on: {failed} failed")
sys.exit(failed > 0)
