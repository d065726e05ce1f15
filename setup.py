"""Build the core as native code, or say in one line why not.

`SEAWALL_COMPILE` chooses: `auto` (the default) compiles when a C compiler and the Python headers
are there, `require` fails without them, `off` never compiles. The same `.py` files are installed
either way, so the two modes differ in speed only.

The C code is made again only when a source of the core, the compiler or this file changed: `build/`
keeps the last recipe, and setuptools then finds its objects newer than the C code.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import sys
import sysconfig
import tempfile
from pathlib import Path

from setuptools import Extension, setup
from setuptools._distutils.ccompiler import new_compiler
from setuptools._distutils.errors import CompileError
from setuptools._distutils.sysconfig import customize_compiler

HERE = Path(__file__).resolve().parent
CORE = "src/seawall/core"
BUILD = Path("build")
RECIPE = BUILD / "core-recipe.json"
GROUP = "seawall_core"
MODES = ("auto", "require", "off")


def core_sources() -> list[str]:
    """Return every module of the core, in a stable order."""
    return sorted(path.as_posix() for path in Path(CORE).rglob("*.py"))


def missing_for_compiling() -> str | None:
    """Return what keeps this machine from compiling C against Python, or None."""
    header = Path(sysconfig.get_paths()["include"]) / "Python.h"
    if not header.is_file():
        return f"the Python headers are missing (expected {header.name}, package python3.11-dev)"
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.c"
        probe.write_text("#include <Python.h>\nint seawall_probe(void) { return 0; }\n")
        compiler = new_compiler()
        customize_compiler(compiler)
        try:
            compiler.compile([str(probe)], output_dir=folder, include_dirs=[str(header.parent)])
        except CompileError:
            return "there is no working C compiler (install gcc or clang, or set CC)"
    return None


def fingerprint(sources: list[str]) -> str:
    """Return a hash of everything that the generated C code depends on."""
    digest = hashlib.sha256(sys.version.encode())
    for package in ("mypy", "librt", "setuptools"):
        digest.update(f"{package} {importlib.metadata.version(package)}".encode())
    for path in [*sources, "setup.py", "pyproject.toml"]:
        digest.update(path.encode() + b"\0" + Path(path).read_bytes())
    return digest.hexdigest()


def compiled_core(sources: list[str]) -> list[Extension]:
    """Return the extensions of the core, from the last recipe when nothing changed since."""
    mark = fingerprint(sources)
    if RECIPE.is_file():
        recipe = json.loads(RECIPE.read_text())
        files = [file for one in recipe["extensions"] for file in one["sources"] + one["depends"]]
        if recipe["fingerprint"] == mark and all(Path(file).is_file() for file in files):
            return [Extension(**one) for one in recipe["extensions"]]

    from mypyc.build import mypycify  # only here: `off` must not need mypy

    extensions = mypycify(
        ["--config-file", "pyproject.toml", *sources],
        opt_level="3",
        debug_level="0",
        group_name=GROUP,
        target_dir=str(BUILD),
    )
    for one in extensions:
        # Nobody else calls the core's functions: the compiler may inline them and call directly.
        # Nobody reads warnings about generated C, and looking for them takes longer than compiling.
        own = ["-fvisibility=hidden", "-Wno-all", "-w"]
        one.extra_compile_args = [*one.extra_compile_args, *own]
    fields = ("name", "sources", "depends", "include_dirs", "extra_compile_args", "py_limited_api")
    RECIPE.write_text(
        json.dumps(
            {
                "fingerprint": mark,
                "extensions": [{name: getattr(one, name) for name in fields} for one in extensions],
            },
            indent=1,
        )
    )
    return extensions


def sweep_leftovers(extensions: list[Extension]) -> None:
    """Delete from `build/` what an earlier build put there and this one would ship by mistake."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    wanted = {one.name.replace(".", "/") + suffix for one in extensions}
    for library in BUILD.glob("lib*"):
        for path in library.rglob("*"):
            if path.is_file() and path.relative_to(library).as_posix() not in wanted:
                path.unlink()


def extensions_of_mode(mode: str) -> list[Extension]:
    """Return what to compile in this mode, and print the choice."""
    if mode not in MODES:
        raise SystemExit(f"SEAWALL_COMPILE must be one of {', '.join(MODES)}; it is {mode!r}")
    if mode == "off":
        print("seawall: core interpreted, because SEAWALL_COMPILE=off")
        return []
    sources = core_sources()
    reason = missing_for_compiling() if sources else "there is no core to compile"
    if reason is not None and mode == "require":
        raise SystemExit(f"seawall: SEAWALL_COMPILE=require, but {reason}")
    if reason is not None:
        print(f"seawall: core interpreted, because {reason}; it works, ten times slower")
        return []
    BUILD.mkdir(exist_ok=True)
    print("seawall: core compiled")
    return compiled_core(sources)


def main() -> None:
    """Run setuptools with the extensions of the chosen mode."""
    os.chdir(HERE)
    building = any(
        "wheel" in word or word.startswith(("build", "install")) for word in sys.argv[1:]
    )
    extensions = extensions_of_mode(os.environ.get("SEAWALL_COMPILE", "auto")) if building else []
    if building:
        sweep_leftovers(extensions)
    setup(ext_modules=extensions)


if __name__ == "__main__":
    main()
