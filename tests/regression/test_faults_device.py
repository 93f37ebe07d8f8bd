"""Devices that are not there, are too small, are shared, or fail in the middle of a run: one message, exit code 4, what was written
before intact. Faults are asked of the emulated device; a build without one can only be refused."""
import glob
import json
import os

from faults import SMALL, elute, expect, expect_fault, finish, run, write

SYSTEM = 4
# Steps of equal length: the same kernels in the same order, so that the n-th is always the same one.
STEADY = SMALL.replace("time: {end: 1 h, accuracy: 1e-3}", "time: {end: 1 h, step: 1 min}")
assert STEADY != SMALL


def cuda(ranks=0, text=STEADY, **emulation):
    return run(write(text), "--backend", "cuda", ranks=ranks, environment={f"ELUTE_EMULATION_{name}": str(value) for name, value in emulation.items()})


def refused_without_device():
    for ranks in (0, 2):
        expect_fault(f"no CUDA on {ranks} ranks", cuda(ranks), SYSTEM, "--backend cuda: ")


def no_device():
    for ranks in (0, 2):
        expect_fault(f"no device on {ranks} ranks", cuda(ranks, DEVICES=0), SYSTEM, "--backend cuda: ", "no CUDA device")
        expect_fault(f"no driver on {ranks} ranks", cuda(ranks, DEVICES=-1), SYSTEM, "--backend cuda: ", "driver")
    automatic = run(write(STEADY), environment={"ELUTE_EMULATION_DEVICES": "0"})
    expect("auto without a device", automatic.code == 0 and "backend cpu (no CUDA: no CUDA device" in automatic.out, automatic)


def too_small():
    """Refused before anything is allocated; with just enough memory the run goes through."""
    text = STEADY.replace("cells: 8", "cells: 60").replace("cells: 6", "cells: 60")
    done = cuda(text=text, MEMORY=100000)
    expect_fault("memory too small", done, SYSTEM, "bytes of device memory, of 100000 that are free")
    needed = int(done.err.split("the run needs ")[1].split()[0])
    just = cuda(text=text, MEMORY=needed)
    expect("memory just enough", just.code == 0, just)
    expect_fault("memory for one of two ranks", cuda(2, text, MEMORY=int(0.7 * needed)), SYSTEM, "2 ranks share a device")


def fails_in_the_middle():
    whole = cuda()
    for ranks in (0, 3):
        for fault in ("launch 900", "run 900", "copy 60"):
            name = f"{fault} on {ranks} ranks"
            done = cuda(ranks, FAIL=fault)
            expect_fault(name, done, SYSTEM, "backend cuda: ", "cudaError", nothing_left=False)
            expect(f"{name}: states written", any(file.startswith("fields_") for file in done.files() or []), done)
            for path in glob.glob(f"{done.directory}/fields_*.vtk"):
                with open(path, "rb") as file, open(f"{whole.directory}/{os.path.basename(path)}", "rb") as other:
                    expect(f"{name}: {os.path.basename(path)} is that of a run that did not fail", len(file.read()) == len(other.read()), done)
            with open(f"{done.directory}/run.json") as file:
                record = json.load(file)
            expect(f"{name}: run.json", record["exit_code"] == SYSTEM and "cudaError" in record["message"], done)
            with open(f"{done.directory}/ledger.csv") as file:
                expect(f"{name}: ledger.csv ends in a whole line", file.read().endswith("\n"), done)
    for fault in ("allocate 1", "allocate 20", "launch 1", "run 1", "copy 1"):
        expect_fault(f"{fault}, while setting up", cuda(FAIL=fault), SYSTEM)


def shared():
    for ranks, devices, most in ((2, 1, 2), (3, 2, 2), (2, 2, 1)):
        done = cuda(ranks, DEVICES=devices)
        expect(f"{ranks} ranks, {devices} devices", done.code == 0 and f"device 1 of {devices}" in done.out, done)
        expect(f"{ranks} ranks, {devices} devices: the log", (f"up to {most} ranks share a device" in done.out) == (most > 1), done)
        with open(f"{done.directory}/run.json") as file:
            expect(f"{ranks} ranks, {devices} devices: run.json", json.load(file)["device"]["ranks_on_a_device"] == most)


there = elute("check", write(STEADY), "--backend", "cuda").code == 0
emulated = there and elute("check", write(STEADY), "--backend", "cuda", environment={"ELUTE_EMULATION_DEVICES": "0"}).code == SYSTEM
if not there:
    refused_without_device()
if emulated:
    no_device()
    too_small()
    fails_in_the_middle()
    shared()
finish()
