"""The plainest fast copy between files and S3 that Python can do: the limit that backup tools are measured against.

Usage: limit.py put|get JOB.json
The job: endpoint (host:port), bucket, region, accessKey, secretKey, threads, files: [{path, key}].
Uploads carry a signed CRC-32 of each part and an unsigned payload. Nothing is snapshot, listed, compared, imported or
made durable: that is what tools do beyond it.
"""
import base64
import datetime
import hashlib
import hmac
import json
import os
import queue
import socket
import sys
import threading
import urllib.parse
import zlib

PART = 8 * 1024 * 1024

job = json.load(open(sys.argv[2]))
host, port = job["endpoint"].split(":")
failures = []
waiting = queue.SimpleQueue()
local = threading.local()


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
    secret = ("AWS4" + job["secretKey"]).encode()
    for word in (day, job["region"], "s3", "aws4_request"):
        secret = hmac.new(secret, word.encode(), hashlib.sha256).digest()
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        job["accessKey"], scope, ";".join(names), hmac.new(secret, text.encode(), hashlib.sha256).hexdigest())
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


def request(method, key, query="", headers=None, body=b"", take=None):
    """The answer's headers and body; with `take` the body goes there in pieces."""
    target, headers = signed(method, key, query, headers or {})
    headers["content-length"] = str(len(body))
    head = "%s %s HTTP/1.1\r\n%s\r\n\r\n" % (
        method, target, "\r\n".join("%s: %s" % header for header in headers.items()))
    connection = getattr(local, "connection", None) or socket.create_connection((host, int(port)), 60)
    local.connection = None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if len(body) <= 65536:
        connection.sendall(head.encode() + bytes(body))
    else:
        connection.sendall(head.encode())
        connection.sendall(body)
    answer = Answer(connection)
    content = read_body(connection, answer, take)
    if answer.headers.get("connection", "").lower() == "close":
        connection.close()
    else:
        local.connection = connection
    if answer.status >= 300:
        raise OSError("%s %s: %d %s" % (method, key, answer.status, bytes(content)[:300]))
    return answer.headers, content


def read_body(connection, answer, take):
    if not take or answer.status >= 300:
        content = bytearray(answer.rest)
        while len(content) < answer.length:
            content += connection.recv(65536)
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


def crc_header(body):
    return {"x-amz-checksum-crc32": base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()}


def put_whole(file):
    with open(file["path"], "rb", buffering=0) as source:
        body = source.read()
    request("PUT", file["key"], "", crc_header(body), body)


def begin_parts(file, size):
    _, answer = request("POST", file["key"], "uploads=", {"x-amz-checksum-algorithm": "CRC32"})
    file["upload"] = answer.split(b"<UploadId>")[1].split(b"</UploadId>")[0].decode()
    file["parts"] = [None] * ((size + PART - 1) // PART)
    file["left"] = len(file["parts"])
    file["lock"] = threading.Lock()
    for index in range(len(file["parts"])):
        waiting.put(lambda index=index: put_part(file, index))


def put_part(file, index):
    if not hasattr(local, "part"):
        local.part = memoryview(bytearray(PART))
    with open(file["path"], "rb", buffering=0) as source:
        source.seek(index * PART)
        count = source.readinto(local.part)
    body = local.part[:count]
    query = "partNumber=%d&uploadId=%s" % (index + 1, file["upload"])
    headers = crc_header(body)
    answer, _ = request("PUT", file["key"], query, headers, body)
    file["parts"][index] = (answer["etag"], headers["x-amz-checksum-crc32"])
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


main()
