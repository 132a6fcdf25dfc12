"""Cain's program in the Cassandra container, part 1 of 4: HTTP.

The parts are joined in order and run from memory by `python3 -c`; nothing is installed or left. Standard library only,
for Python 3.6 and later. It holds no credentials: each request was signed by Cain for one key, size and CRC-32.
"""
import json
import os
import random
import select
import signal
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
PIECE_BYTES = 128 * 1024
# Given to the kernel at once, which copies it from the page cache to the socket by itself.
SLICE_BYTES = 1024 * 1024
# A host that drops packets says nothing; no healthy one takes this long to take a connection.
CONNECT_SECONDS = 10
LONGEST_HEAD_BYTES = 64 * 1024
# Of an answer that is no object.
LONGEST_BODY_BYTES = 1024 * 1024


class Refusal(Exception):
    """The answer of a server that did not do as asked."""

    def __init__(self, status, code, text):
        Exception.__init__(self, text)
        self.status = status
        self.code = code

    def is_expired(self):
        """Whether a URL that is signed afresh may do better. Temporary credentials end with a 400, on some stores URLs too."""
        return self.status == 403 or self.code in ('ExpiredToken', 'TokenRefreshRequired', 'ExpiredRequest')


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


class Connection(object):
    """One connection that speaks HTTP/1.1. By hand: http.client takes five times the CPU for a small request."""

    def __init__(self, parts, proxy, tls, timeout):
        near = proxy or parts
        self.socket = socket.create_connection((near.hostname, port_of(near)), CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b''
        self.is_open = True
        try:
            if proxy and parts.scheme == 'https':
                self._tunnel(parts, proxy)
            if parts.scheme == 'https':
                self.socket = tls.wrap_socket(self.socket, server_hostname=parts.hostname)
        except BaseException:
            self.close()
            raise
        self.socket.settimeout(timeout)
        self.is_plain = parts.scheme == 'http'

    def _tunnel(self, parts, proxy):
        place = '%s:%d' % (parts.hostname, port_of(parts))
        self.socket.sendall(head_of('CONNECT', place, [('Host', place)] + proxy_login(proxy)))
        status, _ = self.read_head()
        if status != 200:
            raise ConnectionError('the proxy answered %d' % status)

    def close(self):
        self.is_open = False
        self.socket.close()

    def read_head(self):
        while True:
            while b'\r\n\r\n' not in self.rest:
                if len(self.rest) > LONGEST_HEAD_BYTES:
                    raise ConnectionError('the answer has no end of its headers')
                self._more()
            head, self.rest = self.rest.split(b'\r\n\r\n', 1)
            lines = head.decode('latin-1').split('\r\n')
            status = int(lines[0].split(' ', 2)[1])
            headers = {}
            for line in lines[1:]:
                name, _, value = line.partition(':')
                headers[name.lower()] = value.strip()
            if status >= 200:
                return status, headers

    def read_body(self, status, headers):
        """A body that is no longer than an error or a note."""
        if status == 204 or headers.get('content-length') == '0':
            body = b''
        elif 'chunked' in headers.get('transfer-encoding', ''):
            body = self._chunks()
        elif 'content-length' in headers:
            body = self._exactly(int(headers['content-length']))
        else:
            body = self._to_the_end()
        if headers.get('connection', '').lower() == 'close':
            self.close()
        return body

    def read_into(self, piece):
        if not self.rest:
            return self.socket.recv_into(piece)
        count = min(len(piece), len(self.rest))
        piece[:count], self.rest = self.rest[:count], self.rest[count:]
        return count

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError('the connection ended before the answer did')
        self.rest += data

    def _exactly(self, count):
        if count > LONGEST_BODY_BYTES:
            raise ConnectionError('an answer of %d bytes' % count)
        while len(self.rest) < count:
            self._more()
        body, self.rest = self.rest[:count], self.rest[count:]
        return body

    def _line(self):
        while b'\r\n' not in self.rest:
            if len(self.rest) > LONGEST_BODY_BYTES:
                raise ConnectionError('an answer without an end')
            self._more()
        line, self.rest = self.rest.split(b'\r\n', 1)
        return line

    def _chunks(self):
        body = b''
        while True:
            size = int(self._line().split(b';')[0], 16)
            if len(body) + size > LONGEST_BODY_BYTES:
                raise ConnectionError('an answer without an end')
            body += self._exactly(size)
            # After the last chunk come trailers, and an empty line.
            while self._line():
                pass
            if size == 0:
                return body

    def _to_the_end(self):
        try:
            while len(self.rest) < LONGEST_BODY_BYTES:
                self._more()
        except ConnectionError:
            pass
        self.close()
        return self.rest


class Client(object):
    """The connections of one thread, kept alive, and the piece of memory that bytes go through."""

    def __init__(self, config):
        self.timeout = config['timeout']
        self.proxy = urlsplit(config['proxy']) if config.get('proxy') else None
        self.tls = config.get('tls')
        self.pace = config['pace']
        self.connections = {}
        self.piece = memoryview(bytearray(PIECE_BYTES))

    def put(self, url, headers, body):
        """Sends `body`: bytes, or what has `length` and `send_to(connection, pace)`. Gives the headers of the answer."""
        connection, head = self._begin('PUT', url, headers)
        try:
            try:
                if isinstance(body, bytes):
                    self.pace.spend(len(body))
                    # In one packet where it fits one.
                    connection.socket.sendall(head + body)
                else:
                    connection.socket.sendall(head)
                    body.send_to(connection, self.pace)
            except (BrokenPipeError, ConnectionResetError):
                # Whoever refuses early says why before it closes; without an answer the next line fails likewise.
                pass
            status, answer = connection.read_head()
            text = connection.read_body(status, answer)
        except BaseException:
            connection.close()
            raise
        # S3 may say 200 and an error all the same.
        if status != 200 or b'<Error>' in text:
            raise refusal_of(status, text)
        return answer

    def get(self, url, headers, length, total, take):
        """Hands the `length` bytes of an answer to `take`, piece by piece."""
        connection, head = self._begin('GET', url, headers)
        wanted = 206 if any(name.lower() == 'range' for name, _ in headers) else 200
        try:
            connection.socket.sendall(head)
            status, answer = connection.read_head()
            if status == wanted:
                found = size_of(answer)
                if found != str(total):
                    raise Refusal(status, 'CainWrongSize', 'has %s bytes' % found)
                left = length
                while left > 0:
                    count = connection.read_into(self.piece[:min(left, PIECE_BYTES)])
                    if not count:
                        raise ConnectionError('the answer ended %d bytes early' % left)
                    left -= count
                    self.pace.spend(count)
                    take(self.piece[:count])
                if answer.get('connection', '').lower() == 'close':
                    connection.close()
                return
            text = connection.read_body(status, answer)
        except BaseException:
            connection.close()
            raise
        if status == 416:
            raise Refusal(status, 'CainWrongSize', 'is too short')
        raise refusal_of(status, text)

    def _begin(self, method, url, headers):
        parts = urlsplit(url)
        key = parts.scheme + parts.netloc
        connection = self.connections.get(key)
        if connection is None or not connection.is_open:
            connection = self.connections[key] = Connection(parts, self.proxy, self.tls, self.timeout)
        target = url[url.index(parts.netloc) + len(parts.netloc):]
        all_headers = [('Host', parts.netloc)] + list(headers)
        if self.proxy and parts.scheme == 'http':
            target = url
            all_headers += proxy_login(self.proxy)
        return connection, head_of(method, target, all_headers)


def size_of(answer):
    """Of the whole object, as an answer tells it."""
    if 'content-range' in answer:
        return answer['content-range'].rpartition('/')[2]
    return answer.get('content-length')


def port_of(parts):
    return parts.port or (443 if parts.scheme == 'https' else 80)


def head_of(method, target, headers):
    lines = ['%s %s HTTP/1.1' % (method, target)] + ['%s: %s' % (name, value) for name, value in headers]
    return '\r\n'.join(lines + ['', '']).encode()


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
    # What can't be parsed as an answer is a ValueError or an IndexError: some proxy's page, cut short.
    return isinstance(error, (OSError, ValueError, IndexError))
