"""The options of the commands, by their long names; tests/python compares them with `--help`."""
from __future__ import annotations

import json
import os
from typing import Any, List, Mapping, Sequence, TypedDict, Union

Path = Union[str, "os.PathLike[str]"]
Paths = Union[Path, Sequence[Path]]
Texts = Union[str, Sequence[str]]
Pairs = Union[Mapping[str, str], Sequence[str]]
Number = Union[int, str]
"""A number, or one with a unit: 512M, 90s."""


class RegistryOptions(TypedDict, total=False):
    tls_verify: bool


class PlatformOptions(RegistryOptions, total=False):
    platform: str


class ImageOptions(PlatformOptions, total=False):
    cache_dir: Path


class MachineOptions(TypedDict, total=False):
    accel: str
    connect: str
    console_log: Path
    cpus: int
    disk_size: Number
    kernel: Path
    memory: Number
    min_isolation: str
    modules: Path
    qemu: Path
    template: bool


class LimitOptions(TypedDict, total=False):
    deadline: Number
    max_entries: int
    max_layer_size: Number
    max_output: Number
    timeout: Number


class NetworkOptions(TypedDict, total=False):
    add_host: Texts
    allow: Texts
    dns: Texts
    max_connections: int
    max_network_bytes: Number
    network: str
    network_allow_file: Path
    network_log: Path
    permit: Texts
    upstream_proxy: str


class RunOptions(ImageOptions, MachineOptions, LimitOptions, NetworkOptions, total=False):
    after: Path
    args: Sequence[str]
    before: Path
    commands: str
    env: Pairs
    from_: str
    keep_times: bool
    keep_tmp: bool
    metadata_file: Path
    output: Paths
    script: Path
    scrub: str
    shell: str
    source_date_epoch: Number
    trace: bool
    user: Number
    workdir: str


class ContentsOptions(TypedDict, total=False):
    contents: Texts
    gid: int
    keep_dirlinks: bool
    preset: Texts
    replace_dirlinks: bool
    uid: int


class BuildOptions(RunOptions, ContentsOptions, total=False):
    annotation: Pairs
    author: str
    closure: Path
    closure_root: Path
    cmd: Texts
    compression: str
    config_json: Path
    created: Number
    entrypoint: Texts
    expose: Union[Number, Sequence[Number]]
    file: Path
    healthcheck: Texts
    healthcheck_interval: str
    healthcheck_retries: int
    healthcheck_start_period: str
    healthcheck_timeout: str
    history_comment: str
    iidfile: Path
    label: Pairs
    layered: bool
    legacy_v1: bool
    max_layers: int
    name: Texts
    nix_closure: Paths
    nix_db: bool
    print_plan: bool
    provenance: Path
    script_user: Number
    squash: bool
    stop_signal: Number
    tag_by_digest: bool
    volume: Texts


class LayerOptions(ImageOptions, ContentsOptions, total=False):
    from_: str
    kernel: Path
    keep_times: bool
    max_entries: int
    max_layer_size: Number
    metadata_file: Path
    modules: Path
    output: Paths
    source_date_epoch: Number


class ExportOptions(ImageOptions, total=False):
    disk_size: Number
    output: Path


class PullOptions(RegistryOptions, total=False):
    arch: str
    compression: str
    lock: Path
    name: Texts
    os: str
    output: str


class PushOptions(PlatformOptions, total=False):
    compression: str


class MergeOptions(PushOptions, total=False):
    output: str


class LayersOptions(ImageOptions, total=False):
    layers: bool


COMMANDS: Mapping[str, Any] = {
    "run": RunOptions, "build": BuildOptions, "layer": LayerOptions, "export": ExportOptions, "pull": PullOptions,
    "push": PushOptions, "merge": MergeOptions, "inspect": LayersOptions, "verify": LayersOptions, "diff": ImageOptions,
}
_OFF = ("keep_dirlinks", "template", "tls_verify")  # on by default: --no-NAME turns them off
_WORDS = ("cmd", "entrypoint", "healthcheck")  # a list is one command


def _argument(option: str, value: Any) -> List[str]:
    if value is True:
        return [option]
    if isinstance(value, Mapping):
        return [f"{option}={key}={item}" for key, item in value.items()]
    if isinstance(value, (str, int, os.PathLike)):
        return [f"{option}={os.fspath(value) if isinstance(value, os.PathLike) else value}"]
    return [f"{option}={item}" for item in value]


def arguments(command: str, options: Mapping[str, Any]) -> List[str]:
    """The command line's form of options. TypeError if the command has no such option."""
    known = COMMANDS[command].__annotations__
    found: List[str] = []
    for name, value in options.items():
        if name not in known:
            raise TypeError(f"{command}() has no option {name!r}")
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is None or name == "args":
            continue
        if value is False:
            found += [option.replace("--", "--no-", 1)] if name in _OFF else []
        elif name in _WORDS and not isinstance(value, str):
            found.append(f"{option}={json.dumps(list(value))}")
        else:
            found += _argument(option, value)
    return found


def trailing(options: Mapping[str, Any]) -> List[str]:
    """The script's arguments, which come last."""
    args = options.get("args")
    return ["--", *map(str, args)] if args else []
