"""A webhook route on a server whose clock is wrong."""

from __future__ import annotations

import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import stripe


class SkewedApp:
    """Answers every POST as the app does, `ahead` seconds later than it is; `url` while the block runs."""

    def __init__(self, secret: str, ahead: float) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                header = self.headers.get("Stripe-Signature", "t=0,v1=0")
                signed_at = int(header.partition(",")[0].removeprefix("t="))
                try:
                    stripe.WebhookSignature.verify_header(body, header, secret)
                    fresh = signed_at >= time.time() + ahead - 300
                except stripe.SignatureVerificationError:
                    fresh = False
                self.send_response(200 if fresh else 400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def date_time_string(self, timestamp: float | None = None) -> str:
                return formatdate((time.time() if timestamp is None else timestamp) + ahead, usegmt=True)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
