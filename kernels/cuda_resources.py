"""The registers, shared memory, stack and spills that the CUDA compiler gives every kernel, held against the table
cuda_resources.csv beside this: a kernel that takes more registers, stack or shared memory, or spills more, than the table allows
fails, and so does one that the table does not have. Warnings are errors.

    python3 kernels/cuda_resources.py NVCC            compare
    python3 kernels/cuda_resources.py NVCC --update   write the table anew
"""
import concurrent.futures
import csv
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "cuda_resources.csv")
ARCHITECTURES = (80, 90)
COLUMNS = ("registers", "shared_bytes", "stack_bytes", "spill_store_bytes", "spill_load_bytes")


def demangled(names):
    """The kernels' names without their parameters."""
    text = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True).stdout
    return [re.sub(r"^void |\(anonymous namespace\)::|\([^()]*\)$", "", line).replace("(int)", "").replace("(bool)", "")
            for line in text.replace("(anonymous namespace)::", "").splitlines()]


def compiled(nvcc, source, architecture):
    """Rows of one file's kernels."""
    with tempfile.TemporaryDirectory() as directory:
        command = [nvcc, "-std=c++20", "-O3", f"-arch=sm_{architecture}", "-Xptxas", "-v", "-Xcompiler", "-Wall,-Wextra,-Werror",
                   "--Werror", "all-warnings", "-c", source, "-o", os.path.join(directory, "object")]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{source}: sm_{architecture}:\n{done.stdout}{done.stderr}")
    rows, name = {}, None
    for line in (done.stdout + done.stderr).splitlines():
        if found := re.search(r"Compiling entry function '(\w+)'", line):
            name, rows[found[1]] = found[1], dict.fromkeys(COLUMNS, 0)
        elif found := re.search(r"Function properties for (\w+)", line):
            name = found[1] if found[1] in rows else None  # what is called from a kernel comes after it
        elif name and (found := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line)):
            rows[name].update(zip(COLUMNS[2:], map(int, found.groups())))
        elif name and (found := re.search(r"Used (\d+) registers", line)):
            shared = re.search(r"(\d+) bytes smem", line)
            rows[name].update(registers=int(found[1]), shared_bytes=int(shared[1]) if shared else 0)
    return {(name, f"sm_{architecture}"): row for name, row in zip(demangled(rows), rows.values())}


def release(nvcc):
    text = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"release ([\d.]+)", text)[1]


def measure(nvcc):
    table = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(compiled, nvcc, source, architecture)
                for architecture in ARCHITECTURES for source in sorted(glob.glob(os.path.join(HERE, "*.cu")))]
        for job in jobs:
            table.update(job.result())
    return dict(sorted(table.items()))


def write(table, nvcc):
    with open(TABLE, "w") as file:
        file.write(f"# nvcc {release(nvcc)}; written by cuda_resources.py --update\n")
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("kernel", "architecture") + COLUMNS)
        out.writerows(key + tuple(row[column] for column in COLUMNS) for key, row in table.items())


def read():
    with open(TABLE) as file:
        allowed_for = re.match(r"# nvcc ([\d.]+)", file.readline())[1]
        rows = csv.DictReader(file)
        return allowed_for, {(row["kernel"], row["architecture"]): {c: int(row[c]) for c in COLUMNS} for row in rows}


def compare(table, nvcc):
    allowed_for, allowed = read()
    columns = COLUMNS
    if allowed_for != release(nvcc):
        columns = COLUMNS[1:]
        print(f"nvcc {release(nvcc)}, table of {allowed_for}: registers are another compiler's, and not compared")
    faults = [f"{kernel} {architecture}: is not in the table" for kernel, architecture in table.keys() - allowed.keys()]
    faults += [f"{kernel} {architecture}: is in the table alone" for kernel, architecture in allowed.keys() - table.keys()]
    for key in table.keys() & allowed.keys():
        faults += [f"{key[0]} {key[1]}: {column} {table[key][column]}, allowed {allowed[key][column]}"
                   for column in columns if table[key][column] > allowed[key][column]]
    print(f"{len(table)} kernels, nvcc {release(nvcc)}: at most {max(row['registers'] for row in table.values())} registers, "
          f"{sum(row['spill_store_bytes'] > 0 for row in table.values())} spill")
    if faults:
        sys.exit("\n".join(sorted(faults)) + "\nWhere that is meant: python3 kernels/cuda_resources.py NVCC --update")


if __name__ == "__main__":
    measured = measure(sys.argv[1])
    if "--update" in sys.argv:
        write(measured, sys.argv[1])
    else:
        compare(measured, sys.argv[1])
