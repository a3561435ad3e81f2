# infinity-emb 0.0.78 on torch: real vectors of a real model.
#
# CURATE_TORCH   a site-packages folder with torch, so that it is not installed a second time
# CURATE_MODEL   the model's folder (default: models/all-MiniLM-L6-v2)
install_infinity() {
    if [ -x "$venvs/infinity/bin/infinity_emb" ]; then return; fi
    local pip=$venvs/infinity/bin/pip site
    python3 -m venv "$venvs/infinity"
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
}

start_infinity() {
    serve infinity 18701 /v1/models env HF_HUB_OFFLINE=1 DO_NOT_TRACK=1 \
        INFINITY_ANONYMOUS_USAGE_STATS=0 INFINITY_BETTERTRANSFORMER=false \
        INFINITY_COMPILE=false INFINITY_MODEL_WARMUP=false \
        "$venvs/infinity/bin/infinity_emb" v2 \
        --model-id "${CURATE_MODEL:-$here/../../models/all-MiniLM-L6-v2}" \
        --served-model-name minilm --host 127.0.0.1 --port 18701 --engine torch --device cpu \
        --url-prefix /v1
}
