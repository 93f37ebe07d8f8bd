"""A wrong case, formula, option or size ends in one message that says what is wrong and where, with the exit code of the
README, and leaves nothing behind."""
import os
import random

from faults import SMALL, elute, expect, expect_fault, finish, run, together, write

CASE, USAGE, SYSTEM = 1, 2, 4


def wrong_files():
    """Name, path, words of the message."""
    noise = random.Random(7)
    folder = os.path.join(os.path.dirname(write("", "file")), "folder.yaml")
    os.mkdir(folder)
    bomb = "elute: 1\na0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    whole = SMALL.encode()
    yield "a directory", folder, "is a directory"
    yield "not there", folder + "/absent.yaml", "No such file"
    yield "below a file", write(SMALL) + "/case.yaml", "Not a directory"
    yield "a device without end", "/dev/zero", "it is a device"
    yield "empty", write(""), "empty"
    yield "a NUL byte", write(whole.replace(b"title", b"ti\0tle")), "NUL"
    yield "a program", write(open("/bin/true", "rb").read()), "not a text"
    yield "not UTF-8", write(whole.replace(b"small", b"caf\xe9")), "UTF-8"
    yield "UTF-16", write(SMALL.encode("utf-16")), "not a text"
    for seed in range(3):
        yield f"1 MB of random bytes {seed}", write(noise.randbytes(1 << 20)), "not a text"
    for seed in range(3):
        text = bytes(noise.choice(b"\n\t abcxyz0123456789:-{}[],&*!|>'\"%@`#?.") for _ in range(1 << 20))
        yield f"1 MB of random signs {seed}", write(text), ".yaml:"
    yield "cut in a mapping", write(SMALL[:SMALL.index("cells: 6") + 5]), "YAML"
    yield "cut in a text", write(SMALL[:SMALL.index("u -> s") + 3]), "YAML"
    yield "nested deeply", write("elute: 1\nmesh: " + "[" * 100000), "nested deeper"
    yield "nested deeply in maps", write("elute: 1\nmesh: " + "{a: " * 100000), "nested deeper"
    yield "aliases of aliases", write(bomb), "more than 1000000 nodes"
    yield "an alias of itself", write("elute: 1\nmesh: &m {x: *m}\n"), "no anchor"
    yield "a huge text", write(SMALL.replace("1e-10 m2/s", "9" * 3000000)), "species.u.diffusivity"
    yield "a huge key", write("elute: 1\n" + "k" * 3000000 + ": 1\n"), "key"
    yield "a huge formula", write(SMALL.replace("rate: 1e-4 1/s", 'rate: {formula: "' + "(" * 200000 + '1", unit: 1/s}')), "rate"
    yield "100000 species", write(SMALL + "fields: {" + ", ".join(f"f{i}: 1" for i in range(100000)) + "}\n"), "more than"


def formulas():
    """Name, what is changed to what, words of the message: the key, and where."""
    nan, huge = 'sqrt(x - 0.5e-3)', 'exp(1e6*x)'
    for kind, formula in (("not a number", nan), ("overflow", huge)):
        yield f"initial value, {kind}", "initial: 1 uM}\n  s", f'initial: {{formula: "{formula}", unit: uM}}}}\n  s', "species.u.initial"
        yield f"diffusivity, {kind}", "1e-10 m2/s", f'{{formula: "{formula}", unit: m2/s}}', "species.u.diffusivity"
        yield f"rate, {kind}", "1e-4 1/s", f'{{formula: "{formula}", unit: 1/s}}', "reactions.0.rate"
        yield f"source, {kind}", "boundaries:", f'sources: [{{species: u, density: {{formula: "{formula}", unit: mol/(m3 s)}}}}]\nboundaries:', "sources.0.density"
        yield f"prescribed field, {kind}", "boundaries:", f'fields: {{warm: {{formula: "{formula}", unit: K}}}}\nboundaries:', "fields.warm"
        yield f"interstitial fraction, {kind}", "interstitial_fraction: 0.5", f'interstitial_fraction: {{formula: "{formula}"}}', "tissues.gel.interstitial_fraction"
        yield f"boundary value, {kind}", "x-: {u: {value: 1 uM}}", f'y-: {{u: {{value: {{formula: "{formula}", unit: uM}}}}}}', "boundaries.y-.u.value"
        yield f"boundary flux, {kind}", "x-: {u: {value: 1 uM}}", f'y-: {{u: {{flux: {{formula: "{formula}", unit: mol/(m2 s)}}}}}}', "boundaries.y-.u.flux"
        yield f"held value, {kind}", "boundaries:", f'hold: {{gel: {{u: {{value: {{formula: "{formula}", unit: uM}}}}}}}}\nboundaries:', "hold.gel.u.value"


def late_formulas():
    """The same with what fails an hour in: t is then part of the message."""
    formula = "sqrt(1800 - t)"
    yield "rate", "1e-4 1/s", f'{{formula: "{formula}", unit: 1/s}}', "reactions.0.rate"
    yield "rate in place and time", "1e-4 1/s", f'{{formula: "x*{formula}", unit: 1/s}}', "reactions.0.rate"
    yield "source", "boundaries:", f'sources: [{{species: u, density: {{formula: "{formula}", unit: mol/(m3 s)}}}}]\nboundaries:', "sources.0.density"
    yield "boundary value", "value: 1 uM", f'value: {{formula: "{formula}", unit: uM}}', "boundaries.x-.u.value"
    yield "prescribed field", "boundaries:", f'fields: {{warm: {{formula: "{formula}", unit: K}}}}\nboundaries:', "fields.warm"
    yield "held value", "boundaries:", f'hold: {{core: {{u: {{value: {{formula: "{formula}", unit: uM}}}}}}}}\nboundaries:', "hold.core.u.value"


def changed(old, new):
    assert SMALL.count(old) == 1, old
    return write(SMALL.replace(old, new))


def sizes():
    """Name, mesh, words: what is too large is refused with what it would take, before anything is allocated."""
    axis = "{from: 0 mm, to: 1 mm, cells: %d}"
    yield "a thousand million cells", f"x: {axis % 1000}, y: {axis % 1000}, z: {axis % 1000}", ("1e+09 cells", "GB of memory"), SYSTEM
    yield "10^18 cells", f"x: {axis % 1000000}, y: {axis % 1000000}, z: {axis % 1000000}", ("1e+18 cells", "GB of memory"), SYSTEM
    yield "10^30 cells along an axis", "x: {from: 0 mm, to: 1 mm, cells: 1000000000000000000000000000000}", "mesh.x.cells", CASE


def options():
    """Name, arguments, words: usage errors, found before the case is read."""
    case = write(SMALL)
    yield "no command", [], "a command is missing"
    yield "unknown command", ["rum", case], "did you mean run?"
    yield "unknown command like no other", ["xyzzy"], "unknown command xyzzy"
    yield "unknown option", ["run", case, "--outptu", "out"], "did you mean --output?"
    yield "option of another command", ["check", case, "--force"], "unknown option --force"
    yield "option without a value", ["run", case, "--output"], "--output needs a value"
    yield "flag with a value", ["run", case, "--force=yes"], "--force takes no value"
    yield "unknown backend", ["run", case, "--backend", "gpu"], "--backend is one of"
    yield "no case", ["run"], "needs a case file"
    yield "two cases", ["run", case, case], "unexpected word"
    yield "operand that is not taken", ["schema", case], "takes no operand"
    yield "cells that are no number", ["bench", "--cells", "many"], "--cells"
    yield "the benchmark's model elsewhere", ["run", case, "--model"], "unknown option --model"
    yield "the benchmark's model with a value", ["bench", "--model=H100"], "--model takes no value"
    yield "unused PETSc option", ["run", case, "--output", "out", "--", "-no_such_option", "1"], "-no_such_option"
    yield "PETSc option of the other stepper", ["run", case, "--output", "out", "--", "-ts_type", "bdf"], "-ts_type"
    yield "no PETSc option", ["run", case, "--output", "out", "--", "stray"], "stray"
    yield "unused PETSc option of check", ["check", case, "--", "-no_such_option"], "-no_such_option"
    yield "empty output", ["run", case, "--output", ""], "--output"


def refused(name, path, word, ranks=0, code=CASE):
    expect_fault(f"{name} on {ranks} ranks", run(path, ranks=ranks), code, *([word] if isinstance(word, str) else word))


def refused_late(name, path, key, ranks):
    done = run(path, ranks=ranks)
    expect_fault(f"{name} after half an hour", done, CASE, key, " s", nothing_left=False)
    expect(f"{name} after half an hour: the states before it are there", "fields_000002.vtk" in (done.files() or []), done)


def refused_option(name, arguments, words):
    expect_fault(name, elute(*arguments), USAGE, words)


def jobs():
    for name, path, word in wrong_files():
        yield refused, name, path, word
        if name in ("empty", "not there", "1 MB of random bytes 0", "aliases of aliases"):
            yield refused, name, path, word, 3
    for i, (name, old, new, key) in enumerate(formulas()):
        yield refused, name, changed(old, new), (key, " m")
        if i < 4:
            yield refused, name, changed(old, new), key, 3
    for name, old, new, key in late_formulas():
        yield refused_late, name, changed(old, new), key, 3 if name == "rate in place and time" else 0
    for name, mesh, words, code in sizes():
        text = (SMALL[:SMALL.index("mesh")] + "mesh: {geometry: cartesian, " + mesh + "}\n"
                "species: {u: {mobile: no}}\ntime: {end: 1 s}\n")
        for ranks in (0, 3):
            yield refused, name, write(text), words, ranks, code
    for name, arguments, words in options():
        yield refused_option, name, arguments, words


together(jobs())
expect_fault("unused PETSc option on 3 ranks", run(write(SMALL), "--", "-no_such_option", ranks=3), USAGE, "-no_such_option")
expect_fault("a tissue that no catalogue has", run(changed("gel: {", "gel: {from: sarcomma, ")), CASE, "did you mean 'sarcoma'")
expect_fault("a value that --set does not find", run(write(SMALL), "--set", "species.u.difusivity=1 m2/s"), CASE, "did you mean 'diffusivity'")
expect_fault("an absent run to replay", run(write(SMALL), "--replay-steps", "absent"), CASE, "absent/steps.txt")
expect_fault("an unknown catalogue entry", elute("catalogue", "show", "peg_lipsome"), CASE, "peg_liposome")


def records():
    """Records of steps that are of another run, cut, or no record."""
    whole = run(write(SMALL)).directory
    with open(f"{whole}/steps.txt") as file:
        lines = file.read().splitlines()
    yield "cut", lines[:-1], "the record ends"
    yield "empty", [], "the record ends"
    yield "random bytes", ["\x01\x02 \x03"], "the record ends"
    yield "a step of NaN", ["0x0p+0 nan", *lines[1:]], "the record has a step"
    yield "a step backwards", ["0x0p+0 -0x1p+3", *lines[1:]], "the record has a step"
    yield "an infinite step", ["0x0p+0 inf", *lines[1:]], "the record has a step"
    yield "a step left out", lines[1:], "the record has a step"


for name, lines, word in records():
    record = os.path.dirname(write("".join(line + "\n" for line in lines), "steps.txt"))
    expect_fault(f"a record of steps: {name}", run(write(SMALL), "--replay-steps", record), CASE, word, nothing_left=False)


def surroundings():
    """Options of PETSc from the environment, the home directory and the working directory: nothing changes."""
    alone = run(write(SMALL))
    home = os.path.dirname(write("-options_left\n-no_such_option 3\n-help\n-malloc_dump\n", ".petscrc"))
    where = os.path.dirname(write("-info\n-log_view\n-no_such_option 4\n", ".petscrc"))
    inside = run(write(SMALL), cwd=where, environment={"HOME": home, "PETSC_OPTIONS": "-help -log_view -no_such_option 5",
                                                       "PETSC_OPTIONS_YAML": "{help: }"})
    expect("surroundings: exit code", inside.code == 0, inside)
    expect("surroundings: standard output differs", [line for line in inside.out.splitlines() if "done in" not in line and "open " not in line] ==
           [line for line in alone.out.splitlines() if "done in" not in line and "open " not in line], inside)
    expect("surroundings: standard error", inside.err == "", inside)
    for file in alone.files():
        if file not in ("log.txt", "run.json"):
            with open(f"{alone.directory}/{file}", "rb") as a, open(f"{inside.directory}/{file}", "rb") as b:
                expect(f"surroundings: {file} differs", a.read() == b.read(), inside)


surroundings()
finish()
