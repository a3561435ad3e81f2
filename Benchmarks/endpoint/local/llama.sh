# llama.cpp's two servers, both built from the source that llama-cpp-python 0.3.36 brings along:
# llama-server (once for chat, once for embeddings) and the Python server `llama_cpp.server`.
# The model is made by tiny_llama.py.
install_llama() {
    local folder=$venvs/llama pip=$venvs/llama/bin/pip version=0.3.36
    if [ ! -x "$folder/bin/python" ]; then
        python3 -m venv "$folder"
        timeout 900 "$pip" install -q scikit-build-core==1.1.2 cmake==4.4.4 ninja==1.13.2 \
            gguf==0.19.0 numpy==2.4.6 diskcache==5.6.3 jinja2==3.1.6 typing-extensions \
            fastapi==0.165.0 uvicorn==0.54.0 pydantic-settings==2.16.3 sse-starlette==3.7.0 \
            starlette-context==0.3.6 pyyaml==6.0.3
    fi
    if [ ! -d "$folder/source" ]; then
        PATH=$folder/bin:$PATH timeout 900 "$pip" download -q --no-deps --no-binary :all: \
            --no-build-isolation -d "$folder" "llama-cpp-python==$version"
        tar xzf "$folder/llama_cpp_python-$version.tar.gz" -C "$folder"
        mv "$folder/llama_cpp_python-$version" "$folder/source"
    fi
    if [ ! -x "$folder/build/bin/llama-server" ]; then
        # Without its web page, which would be fetched. About half an hour of processor time.
        PATH=$folder/bin:$PATH cmake -G Ninja -S "$folder/source/vendor/llama.cpp" \
            -B "$folder/build" -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" -DGGML_NATIVE=ON -DLLAMA_OPENSSL=OFF \
            -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF \
            -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF
        PATH=$folder/bin:$PATH nice -n 10 timeout 5400 cmake --build "$folder/build" \
            --target llama-server -j 2
    fi
}

start_llama() {
    local program=$venvs/llama/build/bin/llama-server python=$venvs/llama/bin/python
    "$python" "$here/tiny_llama.py" "$log/tiny.gguf"
    local words=(-m "$log/tiny.gguf" --host 127.0.0.1 --threads 1 --threads-http 4 --offline)
    serve llama-server 18704 /health "$program" "${words[@]}" --port 18704 --ctx-size 1024 \
        --parallel 2
    # No text of more than 128 tokens fits into a batch: it answers 500 to such a one.
    serve llama-embeddings 18705 /health "$program" "${words[@]}" --port 18705 --embeddings \
        --pooling mean --ctx-size 512 --parallel 1 --batch-size 128 --ubatch-size 128
    serve llama-python 18706 /v1/models env LLAMA_CPP_LIB_PATH="$venvs/llama/build/bin" \
        PYTHONPATH="$venvs/llama/source" "$python" -m llama_cpp.server \
        --model "$log/tiny.gguf" --model_alias tiny --host 127.0.0.1 --port 18706 --n_ctx 512 \
        --n_threads 1 --embedding true --logits_all false --verbose false
}
