"""Generates the Python stubs from the protos into clients/python. Run it after every change of a .proto file."""

import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
OUT = PROTOS.parent / "clients" / "python"


def generate(sources: list[Path], outputs: list[str]) -> None:
    includes = [PROTOS / "third_party", PROTOS, files("grpc_tools") / "_proto"]
    arguments = ["protoc", *(f"-I{path}" for path in includes), *outputs, *map(str, sources)]
    if protoc.main(arguments):
        sys.exit("protoc failed")


def main() -> None:
    messages = [f"--python_out={OUT}", f"--mypy_out=quiet:{OUT}"]
    services = [f"--grpc_python_out={OUT}", f"--mypy_grpc_out=quiet,only_async:{OUT}"]
    ours = sorted((PROTOS / "eslatam").rglob("*.proto"))
    generate(ours, messages)
    generate([path for path in ours if "\nservice " in path.read_text()], services)
    generate([PROTOS / "third_party" / "buf" / "validate" / "validate.proto"], messages)


if __name__ == "__main__":
    main()
