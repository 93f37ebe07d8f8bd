"""Cases made to do harm: a few lines that ask for much, files that never end or never begin, names that lead out of the run's
directory, texts for gnuplot. Each ends soon, with one message, and nothing is written anywhere else."""
import os
import subprocess

from faults import PROGRAM, SMALL, elute, expect, expect_fault, finish, fresh, own_session, run, together, write

CASE = 1
MANY = 100000


def listed(n, entry):
    return "".join(entry % ((i,) * entry.count("%d")) for i in range(n))


def entry_bomb():
    """A catalogue whose entry is long, and a case that asks for it often."""
    path = write('releases:\n  long: {description: d, law: weibull, scale: {value: [%s], range: unknown, source: s, evidence: S}}\n' % ", ".join(["1 h"] * MANY),
                 "long.yaml")
    return SMALL + f"catalogues: [{path}]\ncarriers:\n" + listed(30, "  c%d: {carries: {d: {release: {from: long}}}}\n")


def large_texts():
    """Name, text, words of the message."""
    yield "100000 wrong entries of a list", SMALL.replace("reactions:", "reactions:\n" + "  - x\n" * MANY), ("reactions.0", "more errors")
    yield "100000 wrong numbers", SMALL.replace("x: {from: 0 mm, to: 1 mm, cells: 8}", "x: {edges: [" + "1 unm, " * MANY + "]}"), ("mesh.x.edges.0", "more errors")
    yield "100000 unknown keys", SMALL + "".join(f"output{i:032d}: {{}}\n" for i in range(MANY)), ("more than 10000 keys",)
    yield "100000 anchors and aliases", SMALL + "sources:\n" + listed(MANY, "  - &a%d x\n") + listed(MANY, "  - *a%d\n"), ("more than 1000 anchors",)
    yield "merged keys", SMALL + "sources: {<<: [" + ", ".join("{" + listed(1000, f"k{i}_%d: 1, ") + "}" for i in range(100)) + "]}\n", ("more than 10000 keys",)
    yield "100000 directives", listed(MANY, "%%TAG !a%d! b\n") + "---\n" + SMALL, (".yaml:1:1:", "%TAG")
    yield "300 fields", SMALL + "fields:\n" + listed(300, "  f%d: {formula: x, unit: K}\n"), ("300 fields; at most 256",)
    yield "fields of fields", SMALL + "fields:\n  f0: {formula: x}\n  f1: {formula: y}\n" + "".join(f'  f{i}: {{formula: "f{i - 1} + f{i - 2}"}}\n' for i in range(2, 100)), ("values of fields", "at most 1000")
    yield "6000 formulas", SMALL + "changes:\n" + listed(6000, "  - {at: 1 min, set: {diffusivity: {formula: x*%d, unit: m2/s}}, species: [u]}\n"), ("at most 5000",)
    yield "3000 carriers", SMALL + "carriers:\n" + listed(3000, "  c%d: {from: peg_liposome, carries: {d: {release: {rate: 1 1/h}}}}\n"), ("3000 carriers; at most 32",)
    yield "a catalogue's long entry many times", entry_bomb(), ("more than 1000000 nodes come from catalogues",)


def refused_text(name, text, words):
    expect_fault(name, elute("check", write(text)), CASE, *words)


def large_studies():
    """Name, what the study has beside its case and outputs, words of the message."""
    yield "1001 parameters", "sample: {method: random, points: 2}\nparameters:\n" + listed(1001, "  constants.c%d: {uniform: [1, 2]}\n"), "found 1001 entries; expected at most 1000"
    yield "30000000 values", "sample: {method: random, points: 1000000}\nparameters:\n" + listed(30, "  constants.c%d: {uniform: [1, 2]}\n"), "expected at most 20000000 values"
    yield "10000000 seeds", "sample: {method: random, points: 1}\nparameters: {constants.a: {uniform: [1, 2]}}\nreplicates: {count: 100000, seeds: [" + "a, " * 100 + "]}\n", "found 100 seeds for each of 100000 replicates"


def refused_study(name, text, words):
    case = write(SMALL)
    with open(os.path.join(os.path.dirname(case), "study.yaml"), "w") as file:
        file.write("elute_study: 1\ncase: case.yaml\noutputs: [run.steps.accepted]\n" + text)
    expect_fault(name, elute("study", "run", file.name), CASE, words)


# ---- names of what is written ----

NAMES = ("../escaped", "/tmp/escaped", "a/b", "..", ".", "", "a\\nb", "a\\0b", "x" * 300, "a b", "caf\\xe9", "$(touch escaped)")
NAMED = {
    "endpoints": "{kind: mean, of: u}",
    "probes": "{from: [0 mm, 0 mm], to: [1 mm, 1 mm], points: 2}",
    "biopsies": "{at: [0 mm, 0.5 mm], direction: [1, 0], length: 0.5 mm, diameter: 0.2 mm, times: [10 min]}",
    "images": "{of: u, signal: {formula: c, unit: 1}, voxel: 0.5 mm, times: [10 min]}",
}


def refused_name(kind, name):
    text = SMALL.replace("output: {every: 10 min}", f'output: {{every: 10 min, {kind}: {{"{name}": {NAMED[kind]}}}}}')
    directory = fresh()
    inside = os.path.join(directory, "a", "b")
    os.makedirs(inside)
    done = elute("run", write(text), "--output", "out", cwd=inside)
    expect_fault(f"{kind} named '{name[:20]}'", done, CASE)
    left = [os.path.join(path, file) for path, _, files in os.walk(directory) for file in files]
    expect(f"{kind} named '{name[:20]}': wrote {left}", not left, done)


def longest_names():
    """As long as is allowed, for each: files of that name in the run's directory."""
    longest = "x" * 63
    parts = ", ".join(f"{kind}: {{{longest}: {how}}}" for kind, how in NAMED.items())
    done = run(write(SMALL.replace("output: {every: 10 min}", f"output: {{every: 10 min, {parts}}}")))
    expect("the longest names: exit code", done.code == 0, done)
    for file in (f"biopsy_{longest}.csv", f"image_{longest}_000.vtk"):
        expect(f"the longest names: no {file}", file in (done.files() or []), done)


# ---- files that a case names ----

def special_files():
    """Path, words of the message."""
    pipe = os.path.join(fresh(), "pipe")
    os.mkfifo(pipe)
    yield "a directory", fresh(), "it is a directory"
    yield "a pipe without a writer", pipe, "it is a pipe"
    yield "a device without end", "/dev/zero", "it is a device"
    yield "a device without anything", "/dev/null", "it is a device"
    yield "nothing", "/absent/file", "No such file"
    yield "a text of the kernel's", "/proc/self/status", ""  # has no size before it is read


def namings(path):
    """Where a case names a file."""
    yield "table", SMALL.replace("rate: 1e-4 1/s", f'rate: {{table: {{file: "{path}"}}}}')
    yield "image", SMALL.replace("fraction: 0.5", f'fraction: 0.5, vary: {{interstitial_fraction: {{image: {{file: "{path}"}}}}}}')
    yield "raw image", SMALL.replace("fraction: 0.5", f'fraction: 0.5, vary: {{interstitial_fraction: {{image: {{file: "{path}", cells: [2, 2]}}}}}}')
    yield "catalogue", SMALL + f'catalogues: ["{path}"]\n'
    yield "network", SMALL.replace("cells: 6}", "cells: 6}, z: {from: 0 mm, to: 1 mm, cells: 4}").replace("[0.5 mm, 0.5 mm]", "[0.5 mm, 0.5 mm, 0 mm]") + f'vessels: {{network: "{path}"}}\n'


def refused_file(name, text, word):
    expect_fault(name, elute("check", write(text)), CASE, word)


def case_files():
    """The case itself: a device is none, a pipe may be one, and one without a writer is empty."""
    expect_fault("the case is a device", elute("check", "/dev/zero"), CASE, "it is a device")
    pipe = os.path.join(fresh(), "pipe")
    os.mkfifo(pipe)
    expect_fault("the case is a pipe without a writer", elute("check", pipe), CASE, "empty")
    done = subprocess.run([PROGRAM, "check", "/dev/stdin"], input=SMALL.encode(), capture_output=True, timeout=60, env=own_session(), cwd=fresh())
    expect("the case comes through a pipe", done.returncode == 0 and b"cells" in done.stdout)


# ---- gnuplot, which is handed a study's texts ----

def quoted_pictures():
    """Values that gnuplot would run as commands, and names that would lead elsewhere, in every text of a study that a picture has."""
    bad = "x'`touch escaped`\"$(touch escaped)\\n!touch escaped"
    directory = fresh()
    study = ("elute_study: 1\ncase: case.yaml\ntitle: \"" + bad.replace('"', '\\"') + "\"\nsample: {method: grid, levels: 3}\n"
             "parameters:\n  species.u.initial: {uniform: [1 uM, 3 uM]}\n  title: {discrete: [\"" + bad.replace('"', '\\"').replace("\\n", " ") + "\", b, c]}\n"
             "outputs: [endpoints.left, \"run.steps.accepted\"]\n"
             "analyse: {objectives: {endpoints.left: largest, run.steps.accepted: smallest}}\n")
    for name, text in (("case.yaml", SMALL.replace("output: {", "output: {endpoints: {left: {kind: mean, of: u}}, ")), ("study.yaml", study)):
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)
    for arguments in (("study", "run", "study.yaml"), ("study", "analyse", "study.yaml")):
        done = elute(*arguments, cwd=directory)
        expect(f"{' '.join(arguments)}: exit code", done.code == 0, done)
    everything = [os.path.join(path, file) for path, _, files in os.walk(directory) for file in files]
    expect("a study's texts are run by nobody", not any("escaped" in path for path in everything), done)
    expect("a study's pictures are drawn", any(path.endswith(".png") for path in everything), done)


def jobs():
    for one in large_texts():
        yield refused_text, *one
    for one in large_studies():
        yield refused_study, *one
    for kind in NAMED:
        for name in NAMES:
            yield refused_name, kind, name
    yield longest_names,
    for name, path, word in special_files():
        for what, text in namings(path):
            yield refused_file, f"{what}: {name}", text, word
    yield case_files,
    yield quoted_pictures,


together(jobs())
finish()
