"""A small server that speaks as the Hugging Face hub does where files are resolved, and fails as it is told."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

COMMIT = "c" * 40


@dataclass
class Hub:
    """`files` by repository and name. `refuse` answers a name with a status; `cut` sends so many bytes of it, once;
    `broken` lists what fails with 500 after such a cut. `elsewhere` is the host that has the contents,
    if not this one; `claimed` the ETag of a name, if not its checksum. `seen` is every request: method, path, range,
    authorization.
    """

    files: dict[tuple[str, str], bytes]
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    elsewhere: str = ""
    claimed: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)
    url: str = ""

    def fetched(self) -> list[str]:
        """Names whose content was asked for, in order."""
        return [path.rsplit("/", 1)[-1] for method, path, _, _ in self.seen if method == "GET"]

    def ranges(self) -> list[str | None]:
        return [span for method, _, span, _ in self.seen if method == "GET"]

    def revisions(self) -> set[str]:
        return {path.split("/")[-2] for _, path, _, _ in self.seen}


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            if "/resolve/" not in self.path:  # what the library asks about itself
                return self.fail(404, "")
            span = self.headers.get("Range")
            hub.seen.append((self.command, self.path, span, self.headers.get("Authorization")))
            *repository, _, _, name = self.path.strip("/").split("/")
            status, code = hub.refuse.get(name, (200, ""))
            content = hub.files.get(("/".join(repository), name))
            if with_body and name in hub.broken and name not in hub.cut:
                hub.broken.discard(name)
                return self.fail(500, "")
            if status != 200:
                return self.fail(status, code)
            if content is None:
                return self.fail(404, "EntryNotFound")
            if hub.elsewhere:
                return self.redirect(name, content)
            start = int(span.removeprefix("bytes=").removesuffix("-")) if span else 0
            body = content[start:]
            self.send_response(206 if span else 200)
            if span:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hub.claimed.get(name, hashlib.sha256(content).hexdigest())}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Accept-Ranges", "bytes")
            self.end_headers()
            if with_body and name in hub.cut:
                body = body[: hub.cut.pop(name)]
                self.close_connection = True
            if with_body:
                self.wfile.write(body)
            return None

        def redirect(self, name: str, content: bytes) -> None:
            self.send_response(302)
            self.send_header("Location", hub.elsewhere + self.path)
            self.send_header("X-Linked-ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Linked-Size", str(len(content)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def fail(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if code:
                self.send_header("X-Error-Code", code)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
