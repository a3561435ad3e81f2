#!/bin/bash
# Runs a command beside two servers that nobody here wrote: infinity-emb (real vectors of
# all-MiniLM-L6-v2) and a litellm proxy. Loopback only; everything ends with the command, or after
# CURATE_SECONDS (900).
#
#   Benchmarks/endpoint/local_servers.sh swift test --filter 'InfinityTests|LiteLLMTests'
#
# CURATE_VENVS   where the virtual environments are made (default: a folder below TMPDIR)
# CURATE_TORCH   a site-packages folder with torch, so that it is not installed a second time
# CURATE_MODEL   the model's folder (default: models/all-MiniLM-L6-v2)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venvs=${CURATE_VENVS:-${TMPDIR:-/tmp}/curate-servers}
model=${CURATE_MODEL:-$here/../../models/all-MiniLM-L6-v2}
seconds=${CURATE_SECONDS:-900}
log=$(mktemp -d)
mkdir -p "$venvs"

if [ ! -x "$venvs/infinity/bin/infinity_emb" ]; then
    python3 -m venv "$venvs/infinity"
    pip=$venvs/infinity/bin/pip
    if [ -n "${CURATE_TORCH:-}" ]; then
        site=$("$venvs/infinity/bin/python" -c 'import site; print(site.getsitepackages()[0])')
        echo "$CURATE_TORCH" > "$site/torch.pth"
    else
        timeout 900 "$pip" install -q torch==2.8.0
        timeout 900 "$pip" install -q numpy scikit-learn scipy tqdm safetensors regex packaging
    fi
    # infinity-emb 0.0.78 needs a method that transformers 5 no longer has.
    timeout 900 "$pip" install -q --no-deps infinity-emb==0.0.78 transformers==4.56.2 \
        tokenizers==0.22.1 huggingface-hub==0.35.3 sentence-transformers==5.1.2
    timeout 900 "$pip" install -q requests==2.34.2 fastapi==0.165.0 uvicorn==0.54.0 \
        orjson==3.13.0 prometheus-fastapi-instrumentator==8.1.0 typer==0.29.2 pydantic==2.14.3 \
        rich==15.0.0 httpx==0.28.1 posthog==7.91.1 diskcache==5.6.3 httptools==0.9.0 \
        uvloop==0.23.0 pillow==11.3.0 hf-xet pyyaml filelock fsspec
fi
if [ ! -x "$venvs/litellm/bin/litellm" ]; then
    python3 -m venv "$venvs/litellm"
    timeout 900 "$venvs/litellm/bin/pip" install -q 'litellm[proxy]==1.106.2'
fi

pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$log"
}
trap stop EXIT

export HF_HUB_OFFLINE=1 DO_NOT_TRACK=1 INFINITY_ANONYMOUS_USAGE_STATS=0
export INFINITY_BETTERTRANSFORMER=false INFINITY_COMPILE=false INFINITY_MODEL_WARMUP=false
timeout "$seconds" "$venvs/infinity/bin/infinity_emb" v2 --model-id "$model" \
    --served-model-name minilm --host 127.0.0.1 --port 18701 --engine torch --device cpu \
    --url-prefix /v1 > "$log/infinity" 2>&1 &
pids+=($!)
timeout "$seconds" python3 "$here/upstream.py" 18703 > "$log/upstream" 2>&1 &
pids+=($!)
# Without a key of its own it starts only when told that it is for this machine alone.
export LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true
HOME=$log LITELLM_LOCAL_MODEL_COST_MAP=True timeout "$seconds" "$venvs/litellm/bin/litellm" \
    --config "$here/litellm.yaml" --host 127.0.0.1 --port 18702 --telemetry False \
    > "$log/litellm" 2>&1 &
pids+=($!)

for url in 127.0.0.1:18701/v1/models 127.0.0.1:18702/health/liveliness; do
    for _ in $(seq 120); do
        curl -sf -m 2 "$url" > /dev/null && continue 2
        sleep 1
    done
    echo "no server at $url" >&2
    for file in "$log"/*; do tail -n 5 "$file" >&2; done
    exit 1
done
export CURATE_LOCAL_SERVERS="infinity=http://127.0.0.1:18701/v1 litellm=http://127.0.0.1:18702/v1"
timeout "$seconds" "$@"
