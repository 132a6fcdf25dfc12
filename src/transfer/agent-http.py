"""Cain's program in the Cassandra container, part 1 of 4: HTTP.

The parts are joined in order and run from memory by `python3 -c`; nothing is installed or left. Standard library only,
for Python 3.6 and later. It holds no credentials: each request was signed by Cain for one key, size and CRC-32.
"""
import http.client
import json
import os
import random
import select
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections import deque
from urllib.parse import unquote, urlsplit
from base64 import b64encode

# A piece that fits the processor's cache: read, summed and sent while it is warm.
PIECE_BYTES = 256 * 1024
# A host that drops packets says nothing; no healthy one takes this long to take a connection.
CONNECT_SECONDS = 10
LONGEST_ERROR_BYTES = 16 * 1024


class Refusal(Exception):
    """The answer of a server that did not do as asked."""

    def __init__(self, status, code, text):
        Exception.__init__(self, text)
        self.status = status
        self.code = code


class Pace(object):
    """Holds all threads together to so many bytes a second; 0 = no limit."""

    def __init__(self, bytes_per_second):
        self.rate = bytes_per_second
        self.lock = threading.Lock()
        self.free_at = 0.0

    def spend(self, count):
        if not self.rate:
            return
        with self.lock:
            now = time.monotonic()
            start = max(now, self.free_at)
            self.free_at = start + count / float(self.rate)
        if start > now:
            time.sleep(start - now)


class Client(object):
    """The connections of one thread, kept alive, and the piece of memory that bytes go through."""

    def __init__(self, config):
        self.timeout = config['timeout']
        self.proxy = urlsplit(config['proxy']) if config.get('proxy') else None
        self.tls = config.get('tls')
        self.pace = config['pace']
        self.connections = {}
        self.piece = memoryview(bytearray(PIECE_BYTES))

    def put(self, url, headers, length, pieces):
        """Sends `length` bytes; gives the headers of the answer."""
        response, connection = self._answer('PUT', url, headers, length, pieces)
        body = response.read(LONGEST_ERROR_BYTES)
        self._finish(response, connection)
        # S3 may say 200 and an error all the same.
        if response.status != 200 or b'<Error>' in body:
            raise refusal_of(response.status, body)
        return response

    def get(self, url, headers, length, take):
        """Hands the `length` bytes of an answer to `take`, piece by piece."""
        response, connection = self._answer('GET', url, headers, None, ())
        wanted = 206 if any(name.lower() == 'range' for name, _ in headers) else 200
        if response.status != wanted:
            body = response.read(LONGEST_ERROR_BYTES)
            self._finish(response, connection)
            raise refusal_of(response.status, body)
        left = length
        try:
            while left > 0:
                count = response.readinto(self.piece[:min(left, PIECE_BYTES)])
                if not count:
                    raise ConnectionError('the answer ended %d bytes early' % left)
                left -= count
                self.pace.spend(count)
                take(self.piece[:count])
            if response.read(1):
                raise ConnectionError('the answer is longer than it should be')
        except BaseException:
            connection.close()
            raise
        self._finish(response, connection)

    def _answer(self, method, url, headers, length, pieces):
        connection, target, host = self._connection(urlsplit(url), url)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            connection.putheader('Host', host)
            for name, value in headers:
                connection.putheader(name, value)
            if length is not None and not any(name.lower() == 'content-length' for name, _ in headers):
                connection.putheader('Content-Length', str(length))
            for name, value in self._proxy_headers(url):
                connection.putheader(name, value)
            self._send(connection, pieces)
            return connection.getresponse(), connection
        except BaseException:
            connection.close()
            raise

    def _send(self, connection, pieces):
        pieces = iter(pieces)
        first = next(pieces, b'')
        if isinstance(first, bytes):
            # In one packet with the headers.
            self.pace.spend(len(first))
            connection.endheaders(first or None)
        else:
            connection.endheaders()
            pieces = _chain(first, pieces)
        socket_ = connection.sock
        try:
            for piece in pieces:
                self.pace.spend(len(piece))
                socket_.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            # Whoever refuses early says why before it closes; without an answer getresponse fails likewise.
            pass

    def _connection(self, parts, url):
        key = (parts.scheme, parts.netloc)
        target = parts.path + ('?' + parts.query if parts.query else '')
        if self.proxy and parts.scheme == 'http':
            target = url
        connection = self.connections.get(key)
        if connection is None:
            connection = self.connections[key] = self._new_connection(parts)
        if connection.sock is None:
            connection.timeout = CONNECT_SECONDS
            connection.connect()
            connection.sock.settimeout(self.timeout)
            connection.timeout = self.timeout
        return connection, target, parts.netloc

    def _new_connection(self, parts):
        is_secure = parts.scheme == 'https'
        port = parts.port or (443 if is_secure else 80)
        if not self.proxy:
            if is_secure:
                return http.client.HTTPSConnection(parts.hostname, port, context=self.tls)
            return http.client.HTTPConnection(parts.hostname, port)
        proxy_port = self.proxy.port or (443 if self.proxy.scheme == 'https' else 80)
        if not is_secure:
            return http.client.HTTPConnection(self.proxy.hostname, proxy_port)
        connection = http.client.HTTPSConnection(self.proxy.hostname, proxy_port, context=self.tls)
        connection.set_tunnel(parts.hostname, port, headers=dict(proxy_login(self.proxy)))
        return connection

    def _proxy_headers(self, url):
        return proxy_login(self.proxy) if self.proxy and url.startswith('http:') else ()

    @staticmethod
    def _finish(response, connection):
        """A connection can be used again only when its answer was read to the end."""
        if response.isclosed() or response.length == 0:
            response.close()
        if response.will_close or not response.isclosed():
            connection.close()


def _chain(first, rest):
    yield first
    for piece in rest:
        yield piece


def proxy_login(proxy):
    if not proxy.username:
        return []
    login = '%s:%s' % (unquote(proxy.username), unquote(proxy.password or ''))
    return [('Proxy-Authorization', 'Basic ' + b64encode(login.encode()).decode())]


def refusal_of(status, body):
    text = body.decode('utf-8', 'replace')
    return Refusal(status, tag_of(text, 'Code'), tag_of(text, 'Message') or text[:200])


def tag_of(text, name):
    start = text.find('<%s>' % name)
    end = text.find('</%s>' % name)
    return text[start + len(name) + 2:end] if 0 <= start < end else ''


def is_passing(error):
    """Whether the same request may do better a little later."""
    if isinstance(error, Refusal):
        if error.code in ('RequestTimeout', 'SlowDown', 'InternalError', 'ServiceUnavailable', 'OperationAborted',
                          'ConditionalRequestConflict'):
            return True
        return error.status in (408, 429, 500, 502, 503, 504)
    if isinstance(error, ssl.SSLError) and 'CERTIFICATE_VERIFY_FAILED' in str(error):
        return False
    return isinstance(error, (socket.timeout, ConnectionError, http.client.HTTPException, ssl.SSLError, socket.gaierror,
                              OSError))
