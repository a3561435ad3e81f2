"""The provider behind the litellm proxy of local_servers.sh: standard library only, loopback only.

Model `upstream`: the first request gets 429 with `Retry-After: 2`, every later one an answer.
Model `filtered`: a completion whose finish_reason is `content_filter`.
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

lock = Lock()
state = {"asked": 0}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        filtered = request.get("model") == "filtered"
        with lock:
            if not filtered:
                state["asked"] += 1
            limited = not filtered and state["asked"] == 1
        if limited:
            error = {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}
            return self.reply(429, {"error": error}, {"Retry-After": "2"})
        message = {"role": "assistant", "content": "" if filtered else "hello"}
        finish = "content_filter" if filtered else "stop"
        self.reply(200, {
            "id": "c", "object": "chat.completion", "created": 1, "model": request.get("model"),
            "choices": [{"index": 0, "finish_reason": finish, "message": message}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
        }, {})

    def reply(self, status, value, headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
