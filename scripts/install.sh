#!/usr/bin/env bash
# Copies what scripts/build.sh left to a folder of the user's, /usr/local unless given:
#   scripts/install.sh [PREFIX]
# PREFIX/bin/curate and curate-<stage>, PREFIX/share/curate (templates, corpora, pipelines, models)
# and completions for bash, zsh and fish. The folder can be moved as a whole, or packed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

prefix=${1:-/usr/local}
if [ ! -f bin/curate ]; then
    echo "install: bin/curate is missing: run scripts/build.sh first" >&2
    exit 78
fi
mkdir -p "$prefix/bin" "$prefix/share/curate"
rm -f "$prefix"/bin/curate-*
cp -P bin/curate bin/curate-* "$prefix/bin/"
for folder in templates corpora pipelines models; do
    if [ ! -d "$folder" ]; then continue; fi
    rm -rf "$prefix/share/curate/$folder"
    cp -rL "$folder" "$prefix/share/curate/"
done

completion() {
    mkdir -p "$prefix/share/$2"
    bin/curate --generate-completion-script "$1" >"$prefix/share/$2/$3"
}
completion bash bash-completion/completions curate
completion zsh zsh/site-functions _curate
completion fish fish/vendor_completions.d curate.fish
echo "install: $prefix/bin/curate"
