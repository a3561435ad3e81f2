# mock-ai-api 0.1.1, whose moderations have one result and five categories whatever is asked.
install_mock() {
    if [ -x "$venvs/mock/bin/mock-ai-api" ]; then return; fi
    python3 -m venv "$venvs/mock"
    timeout 900 "$venvs/mock/bin/pip" install -q mock-ai-api==0.1.1 fastapi==0.115.14 \
        starlette==0.46.2 uvicorn==0.54.0
}

start_mock() {
    serve mock 18707 /health "$venvs/mock/bin/python" -m uvicorn app.openai_app:app \
        --host 127.0.0.1 --port 18707 --log-level warning
}
