"""A web server on this computer, as unreliable as the real ones.

    with Loopback() as server:
        server.routes['/data.zip'] = whole(body)
        download(server.url + '/data.zip')
        server.seen  # [('/data.zip', {'User-Agent': ...})]

A route is a function of the request handler; the functions below make the
usual ones, good and bad.
"""

import re
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler


class Loopback(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(('127.0.0.1', 0), _Handler)
        self.url = f'http://127.0.0.1:{self.server_address[1]}'
        self.routes = {}
        self.seen = []  # (path, headers) of every request
        self.closing = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,),
                         daemon=True).start()
        return self

    def __exit__(self, *error):
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Stay silent: clients here go away in the middle on purpose."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        self.server.routes.get(self.path, page(b'', status=404))(self)

    def log_message(self, *args):
        pass

    def start(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), str(value))
        self.end_headers()


def page(body, status=200, **headers):
    """The same answer to every request; it knows nothing of ranges."""
    def route(handler):
        handler.start(status, Content_Length=len(body), **headers)
        handler.wfile.write(body)
    return route


def whole(body, delay=0):
    """A good server: it goes on from where a Range header says."""
    def route(handler):
        time.sleep(delay)
        handler.wfile.write(_begin(handler, body))
    return route


def breaks_off(body, after):
    """Closes the connection after some bytes of a whole answer."""
    def route(handler):
        rest = _begin(handler, body)
        handler.wfile.write(rest[:after] if len(rest) == len(body) else rest)
    return route


def stalls(body, after):
    """Sends some bytes, then nothing, and keeps the connection open."""
    def route(handler):
        handler.wfile.write(_begin(handler, body)[:after])
        handler.server.closing.wait(10)
    return route


def redirects(to):
    """Sends the client elsewhere."""
    def route(handler):
        handler.start(302, Location=to, Content_Length=0)
    return route


def _begin(handler, body):
    """Send the head of an answer; return the bytes that must follow."""
    asked = re.match(r'bytes=(\d+)-$', handler.headers.get('Range', ''))
    start = int(asked[1]) if asked else 0
    if start >= len(body) > 0:
        handler.start(416, Content_Length=0)
        return b''
    rest = body[start:]
    if asked:
        handler.start(206, Content_Length=len(rest), Content_Range=(
            f'bytes {start}-{len(body) - 1}/{len(body)}'))
    else:
        handler.start(200, Content_Length=len(rest))
    return rest
