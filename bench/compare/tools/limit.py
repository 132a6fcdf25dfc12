"""The plainest fast copy between files and S3 that Python can do: the limit that backup tools are measured against.

Usage: limit.py put|get JOB.json
The job: endpoint (host:port), bucket, region, accessKey, secretKey, threads, files: [{path, key}].
Uploads carry a signed CRC-32 of each part and an unsigned payload; the bytes are read once, in pieces that stay in the
processor's cache, for that sum, and go to the socket by sendfile. Nothing is snapshot, listed, compared, imported or made
durable: that is what tools do beyond it.
"""
import base64
import datetime
import hashlib
import hmac
import json
import os
import queue
import socket
import struct
import sys
import threading
import time
import urllib.parse
import zlib

PART = 8 * 1024 * 1024
# A larger one falls out of the cache between read and sum, a smaller one costs more calls.
PIECE = 128 * 1024

job = json.load(open(sys.argv[2]))
host, port = job["endpoint"].split(":")
failures = []
waiting = queue.SimpleQueue()
local = threading.local()
keys = {}


def signing_key(day):
    """Four HMACs, the same for every request of a day."""
    if day not in keys:
        secret = ("AWS4" + job["secretKey"]).encode()
        for word in (day, job["region"], "s3", "aws4_request"):
            secret = hmac.digest(secret, word.encode(), "sha256")
        keys[day] = secret
    return keys[day]


def signed(method, key, query, headers):
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    scope = "%s/%s/s3/aws4_request" % (day, job["region"])
    headers = dict(headers)
    headers.update({"host": job["endpoint"], "x-amz-date": stamp, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    names = sorted(headers)
    path = "/%s/%s" % (job["bucket"], urllib.parse.quote(key, safe="/-_.~"))
    canonical = "%s\n%s\n%s\n%s\n\n%s\nUNSIGNED-PAYLOAD" % (
        method, path, query, "\n".join("%s:%s" % (name, headers[name]) for name in names), ";".join(names))
    text = "AWS4-HMAC-SHA256\n%s\n%s\n%s" % (stamp, scope, hashlib.sha256(canonical.encode()).hexdigest())
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        job["accessKey"], scope, ";".join(names), hmac.digest(signing_key(day), text.encode(), "sha256").hex())
    return path + ("?" + query if query else ""), headers


class Answer:
    def __init__(self, connection):
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            piece = connection.recv(65536)
            if not piece:
                raise OSError("the server closed the connection before it answered")
            self.head += piece
        self.head, self.rest = self.head.split(b"\r\n\r\n", 1)
        lines = self.head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = dict(line.split(": ", 1) for line in lines[1:])
        self.headers = {name.lower(): value for name, value in self.headers.items()}
        self.length = int(self.headers.get("content-length", "0"))


def request(method, key, query="", headers=None, body=b"", part=None, take=None):
    """The answer's headers and body; the body sent is `part` of a file, if given; with `take` the answer goes there in pieces."""
    target, headers = signed(method, key, query, headers or {})
    headers["content-length"] = str(part[2] if part else len(body))
    head = "%s %s HTTP/1.1\r\n%s\r\n\r\n" % (
        method, target, "\r\n".join("%s: %s" % header for header in headers.items()))
    connection = getattr(local, "connection", None) or connect()
    local.connection = None
    # The last packet of the head waits for the first bytes of the file.
    connection.sendall(head.encode() + body, socket.MSG_MORE if part else 0)
    if part:
        send_part(connection, *part)
    answer = Answer(connection)
    content = read_body(connection, answer, take)
    if answer.headers.get("connection", "").lower() == "close":
        connection.close()
    else:
        local.connection = connection
    if answer.status >= 300:
        raise OSError("%s %s: %d %s" % (method, key, answer.status, bytes(content)[:300]))
    return answer.headers, content


def connect():
    connection = socket.create_connection((host, int(port)), 60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A socket with a time-out of Python's own does not block, and sendfile would have to wait by polling.
    connection.settimeout(None)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 60, 0))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 60, 0))
    return connection


def send_part(connection, source, offset, count):
    end = offset + count
    while offset < end:
        sent = os.sendfile(connection.fileno(), source, offset, end - offset)
        if sent == 0:
            raise OSError("a file got shorter")
        offset += sent


def read_body(connection, answer, take):
    if not take or answer.status >= 300:
        content = bytearray(answer.rest)
        while len(content) < answer.length:
            piece = connection.recv(65536)
            if not piece:
                raise OSError("the answer is cut short")
            content += piece
        return content
    take(answer.rest)
    left = answer.length - len(answer.rest)
    if not hasattr(local, "buffer"):
        local.buffer = memoryview(bytearray(1024 * 1024))
    while left > 0:
        count = connection.recv_into(local.buffer, min(left, len(local.buffer)))
        if count == 0:
            raise OSError("the answer is cut short")
        take(local.buffer[:count])
        left -= count
    return b""


def crc32_of(source, offset, count):
    if not hasattr(local, "piece"):
        local.piece = memoryview(bytearray(PIECE))
    crc, end = 0, offset + count
    while offset < end:
        read = os.preadv(source, [local.piece[:min(PIECE, end - offset)]], offset)
        if read == 0:
            raise OSError("a file got shorter")
        crc = zlib.crc32(local.piece[:read], crc)
        offset += read
    return crc


def put(file, offset, count, query=""):
    """Returns the ETag and the CRC-32 of what was sent. A small file goes in one packet with the head."""
    source = os.open(file["path"], os.O_RDONLY)
    try:
        body = os.pread(source, count, offset) if count <= PIECE else b""
        crc = crc32_of(source, offset, count) if count > PIECE else zlib.crc32(body)
        checksum = base64.b64encode(crc.to_bytes(4, "big")).decode()
        part = (source, offset, count) if count > PIECE else None
        answer, _ = request("PUT", file["key"], query, {"x-amz-checksum-crc32": checksum}, body, part)
    finally:
        os.close(source)
    return answer["etag"], checksum


def put_whole(file):
    put(file, 0, file["bytes"])


def begin_parts(file, size):
    _, answer = request("POST", file["key"], "uploads=", {"x-amz-checksum-algorithm": "CRC32"})
    file["upload"] = answer.split(b"<UploadId>")[1].split(b"</UploadId>")[0].decode()
    file["parts"] = [None] * ((size + PART - 1) // PART)
    file["left"] = len(file["parts"])
    file["lock"] = threading.Lock()
    for index in range(len(file["parts"])):
        waiting.put(lambda index=index: put_part(file, index))


def put_part(file, index):
    offset = index * PART
    query = "partNumber=%d&uploadId=%s" % (index + 1, file["upload"])
    file["parts"][index] = put(file, offset, min(PART, file["bytes"] - offset), query)
    with file["lock"]:
        file["left"] -= 1
        is_last = file["left"] == 0
    if is_last:
        complete(file)


def complete(file):
    parts = "".join(
        "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag><ChecksumCRC32>%s</ChecksumCRC32></Part>" % (number, *part)
        for number, part in enumerate(file["parts"], 1))
    body = ("<CompleteMultipartUpload>%s</CompleteMultipartUpload>" % parts).encode()
    request("POST", file["key"], "uploadId=" + file["upload"], {"content-type": "application/xml"}, body)


def get(file):
    os.makedirs(os.path.dirname(file["path"]), exist_ok=True)
    with open(file["path"], "wb", buffering=0) as target:
        request("GET", file["key"], take=target.write)


def work():
    while not failures:
        try:
            task = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            task()
        except Exception as error:
            failures.append(error)


def main():
    started = time.monotonic()
    is_put = sys.argv[1] == "put"
    files = sorted(job["files"], key=lambda file: -file.get("bytes", 0))
    large = [file for file in files if is_put and file["bytes"] > PART]
    # Their parts must be in the queue before a thread finds it empty.
    for file in large:
        begin_parts(file, file["bytes"])
    for file in files[len(large):]:
        waiting.put(lambda file=file: (put_whole if is_put else get)(file))
    threads = [threading.Thread(target=work) for _ in range(job["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit("limit.py: %r" % failures[0])
    print("transferSeconds %.3f" % (time.monotonic() - started))


main()
