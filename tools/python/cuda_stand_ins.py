"""Makes stand-ins for the CUDA libraries that torch's wheel is linked to and that a CPU never calls.

    cuda_stand_ins.py SITE_PACKAGES

`import torch` of the wheel on PyPI needs each of these libraries to be there, with the functions that torch refers to, but on a machine
without a GPU none of them is called. NVIDIA's own take 3.5 GB. A stand-in has the same name, the same functions and the same symbol
version; whatever calls one is told which function it was, and ends. libcudart and libcupti, which torch does call to learn that there is no
GPU, are the real ones.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

# The driver: torch opens it only where there is a GPU.
NEVER_LOADED = {"libcuda.so.1"}
CUDA_LIBRARY = re.compile(r"lib(cu|nv|nccl)")
# Libraries whose functions carry no symbol version: told by the beginning of their names.
UNVERSIONED = {"libcufile.so.0": "cuFile", "libcurand.so.10": "curand", "libcusparseLt.so.0": "cusparseLt", "libnccl.so.2": "nccl", "libnvshmem_host.so.3": "nvshmem"}
SOURCE = """#include <stdio.h>
#include <stdlib.h>
static void refuse(const char *name) {
  fprintf(stderr, "%s was called, but this build of torch is for the CPU only\\n", name);
  abort();
}
"""


def readelf(option: str, library: Path) -> str:
    return subprocess.run(["readelf", "--wide", option, str(library)], capture_output=True, text=True, check=True).stdout


def needed(library: Path) -> set[str]:
    return set(re.findall(r"\(NEEDED\).*\[(.+?)\]", readelf("--dynamic", library)))


def undefined(library: Path) -> set[str]:
    """Functions that the library takes from others, as `name` or `name@version`."""
    return set(re.findall(r" GLOBAL +DEFAULT +UND +(\S+)", readelf("--dyn-syms", library)))


def stand_in(name: str, wanted: set[str], into: Path) -> None:
    prefix = UNVERSIONED.get(name)
    mine = {symbol for symbol in wanted if symbol.endswith(f"@{name}") or (prefix and symbol.startswith(prefix))}
    functions = sorted({symbol.split("@")[0] for symbol in mine})
    versions = sorted({symbol.split("@")[1] for symbol in mine if "@" in symbol})
    with tempfile.TemporaryDirectory() as work:
        source, script = Path(work, "stand_in.c"), Path(work, "versions")
        source.write_text(SOURCE + "".join(f'void {function}(void) {{ refuse("{function}"); }}\n' for function in functions))
        script.write_text(f"{versions[0] if versions else ''} {{ global: *; }};\n")
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-Wno-builtin-declaration-mismatch", f"-Wl,-soname,{name}",
                        f"-Wl,--version-script={script}", "-o", str(into / name), str(source)], check=True)


def main(site: Path) -> None:
    folder = site / "torch/lib"
    libraries = sorted(folder.glob("*.so*"))
    present = {file.name for file in [*libraries, *(site / "nvidia").rglob("*.so*")]}
    missing = {name for library in libraries for name in needed(library) if CUDA_LIBRARY.match(name)} - present - NEVER_LOADED
    wanted = {symbol for library in libraries for symbol in undefined(library)}
    for name in sorted(missing):
        stand_in(name, wanted, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
