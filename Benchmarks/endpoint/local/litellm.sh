# A litellm 1.106.2 proxy: one mocked model, and two behind upstream.py.
install_litellm() {
    if [ -x "$venvs/litellm/bin/litellm" ]; then return; fi
    python3 -m venv "$venvs/litellm"
    timeout 900 "$venvs/litellm/bin/pip" install -q 'litellm[proxy]==1.106.2'
}

start_litellm() {
    background upstream python3 "$here/upstream.py" 18703
    # Without a key of its own it starts only when told that it is for this machine alone.
    serve litellm 18702 /health/liveliness env HOME="$log" LITELLM_LOCAL_MODEL_COST_MAP=True \
        LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true \
        "$venvs/litellm/bin/litellm" --config "$here/litellm.yaml" --host 127.0.0.1 --port 18702 \
        --telemetry False
}
