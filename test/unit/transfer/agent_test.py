"""Of the program that Cain sends into containers, what can be tested without Cain. Run by agent-program.test.ts."""
import os
import socket
import sys
import tempfile
import threading
import time
import unittest
import zlib

program = {'__name__': 'agent'}
exec(compile(open(sys.argv.pop(1)).read(), 'agent', 'exec'), program)
Refusal = program['Refusal']


class Server(object):
    """Says on each connection what it is told to, and keeps what it heard."""

    def __init__(self, *answers, **options):
        self.answers = list(answers)
        self.heard = []
        self.reads_body = options.get('reads_body', True)
        self.socket = socket.socket()
        self.socket.bind(('127.0.0.1', 0))
        self.socket.listen(5)
        self.url = 'http://127.0.0.1:%d/bucket/key?sign=1' % self.socket.getsockname()[1]
        thread = threading.Thread(target=self.run)
        thread.daemon = True
        thread.start()

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            self.serve(connection)

    def serve(self, connection):
        data = b''
        while self.answers:
            while b'\r\n\r\n' not in data:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            head, data = data.split(b'\r\n\r\n', 1)
            length = 0
            for line in head.split(b'\r\n'):
                if line.lower().startswith(b'content-length:'):
                    length = int(line.split(b':')[1])
            while self.reads_body and len(data) < length:
                data += connection.recv(65536)
            self.heard.append((head.decode(), data[:length]))
            data = data[length:]
            answer = self.answers.pop(0)
            connection.sendall(answer)
            if not self.reads_body or b'lose' in answer[-8:].lower():
                connection.close()
                return


def client(**changes):
    config = {'threads': 1, 'retries': 1, 'timeout': 5, 'proxy': None, 'tls': None, 'pace': program['Pace'](0)}
    config.update(changes)
    return program['Client'](config)


class PutTest(unittest.TestCase):
    headers = [['content-length', '3'], ['x-amz-checksum-crc32', 'AAAAAA==']]

    def test_sends_just_the_headers_it_was_given_and_reads_the_answer(self):
        server = Server(b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n')

        answer = client().put(server.url, self.headers, b'abc')

        head, body = server.heard[0]
        self.assertEqual(answer['etag'], '"e"')
        self.assertEqual(body, b'abc')
        self.assertEqual(head.split('\r\n'), [
            'PUT /bucket/key?sign=1 HTTP/1.1', 'Host: ' + server.url[7:].split('/')[0], 'content-length: 3',
            'x-amz-checksum-crc32: AAAAAA=='])

    def test_uses_a_connection_again_after_answers_of_every_form(self):
        ok = b'HTTP/1.1 200 OK\r\nETag: "e"\r\n'
        server = Server(b'HTTP/1.1 100 Continue\r\n\r\n' + ok + b'Content-Length: 2\r\n\r\nhi',
                        ok + b'Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n',
                        ok + b'Content-Length: 0\r\n\r\n')
        one = client()

        for _ in range(3):
            self.assertEqual(one.put(server.url, self.headers, b'abc')['etag'], '"e"')

        self.assertEqual(len(one.connections), 1)
        self.assertTrue(list(one.connections.values())[0].is_open)

    def test_says_why_it_was_refused_in_the_words_of_the_server(self):
        body = b'<?xml version="1.0"?><Error><Code>BadDigest</Code><Message>The CRC is wrong</Message></Error>'
        server = Server(b'HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n'
                        % (len(body), body))

        with self.assertRaises(Refusal) as caught:
            client().put(server.url, self.headers, b'abc')

        error = caught.exception
        self.assertEqual((error.status, error.code, str(error)), (400, 'BadDigest', 'The CRC is wrong'))
        self.assertFalse(program['is_passing'](error))

    def test_takes_an_error_in_an_answer_of_200_for_one(self):
        body = b'<Error><Code>InternalError</Code></Error>'
        server = Server(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body))

        with self.assertRaises(Refusal) as caught:
            client().put(server.url, self.headers, b'abc')

        self.assertTrue(program['is_passing'](caught.exception))

    def test_hears_a_refusal_that_comes_before_the_body_was_read(self):
        body = b'<Error><Code>SlowDown</Code></Error>'
        server = Server(b'HTTP/1.1 503 Slow Down\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body), reads_body=False)

        with self.assertRaises(Exception) as caught:
            client().put(server.url, [['content-length', str(1 << 24)]], b'x' * (1 << 24))

        # The kernel may drop the answer with the reset.
        self.assertTrue(program['is_passing'](caught.exception))

    def test_does_not_take_a_page_for_an_answer(self):
        for page in (b'<html>no proxy</html>\r\n\r\n', b'HTTP/1.1\r\n\r\n', b'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n'):
            server = Server(page + b'lose')

            with self.assertRaises(Exception) as caught:
                client().put(server.url, self.headers, b'abc')

            self.assertTrue(program['is_passing'](caught.exception))

    def test_asks_a_proxy_for_the_whole_url_with_its_login(self):
        server = Server(b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n')
        proxy = 'http://user:p%40ss@' + server.url[7:].split('/')[0]

        client(proxy=proxy).put('http://s3.example/bucket/key?sign=1', self.headers, b'abc')

        head = server.heard[0][0]
        self.assertIn('PUT http://s3.example/bucket/key?sign=1 HTTP/1.1\r\nHost: s3.example\r\n', head)
        self.assertIn('Proxy-Authorization: Basic dXNlcjpwQHNz', head)

    def test_asks_a_proxy_for_a_tunnel_to_a_secure_store(self):
        server = Server(b'HTTP/1.1 403 Forbidden\r\n\r\nlose')
        proxy = 'http://' + server.url[7:].split('/')[0]

        with self.assertRaises(ConnectionError):
            client(proxy=proxy).put('https://s3.example/bucket/key', self.headers, b'abc')

        self.assertTrue(server.heard[0][0].startswith('CONNECT s3.example:443 HTTP/1.1\r\nHost: s3.example:443'))


class GetTest(unittest.TestCase):
    def get(self, answer, headers=(), length=5, total=5):
        taken = []
        client().get(Server(answer).url, list(headers), length, total, lambda piece: taken.append(bytes(piece)))
        return b''.join(taken)

    def test_gives_the_bytes_of_an_object_or_of_a_range(self):
        self.assertEqual(self.get(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'), b'hello')
        self.assertEqual(self.get(b'HTTP/1.1 206 Partial\r\nContent-Length: 2\r\nContent-Range: bytes 1-2/5\r\n\r\nel',
                                  [['Range', 'bytes=1-2']], 2), b'el')

    def test_refuses_an_object_of_another_size(self):
        for answer, headers in ((b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!', []),
                                (b'HTTP/1.1 206 P\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/9\r\n\r\nhello',
                                 [['Range', 'bytes=0-4']])):
            with self.assertRaises(Refusal) as caught:
                self.get(answer, headers)
            self.assertEqual(caught.exception.code, 'CainWrongSize')
            self.assertFalse(program['is_passing'](caught.exception))

    def test_does_not_take_a_cut_body_for_a_whole_one(self):
        with self.assertRaises(ConnectionError):
            self.get(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe-lose', length=9, total=5)

    def test_does_not_take_the_whole_for_a_range(self):
        with self.assertRaises(Refusal):
            self.get(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', [['Range', 'bytes=0-4']])


class WorkTest(unittest.TestCase):
    def test_reads_ahead_no_more_than_the_memory_that_is_allowed(self):
        class Job(object):
            def __init__(self, size):
                self.size = size

            def is_small(self):
                return self.size <= program['LARGEST_HELD_BYTES']

            def held_bytes(self):
                return self.size

        for size, most in ((1, 256), (1 << 20, 16), (1 << 30, 6)):
            board = program['Board'](4)
            board.add([Job(size) for _ in range(1000)])
            taken = 0
            while board.spent + board.cost_of(board.peek()) <= program['AHEAD_BYTES']:
                board.next()
                taken += 1
            self.assertEqual(taken, most)

    def test_lets_who_does_not_send_only_read_ahead(self):
        class Job(object):
            def is_small(self):
                return True

            def held_bytes(self):
                return 1

        class TwoStepJob(Job):
            def transfer(self, agent, client):
                return True

        board = program['Board'](1)
        upload, download = TwoStepJob(), Job()
        board.add([upload, download])
        self.assertEqual(board.next(False), (upload, False))
        taken = []
        reader = threading.Thread(target=lambda: taken.append(board.next(False)))
        reader.daemon = True
        reader.start()
        board.make_ready([upload])
        reader.join(0.2)
        self.assertEqual(taken, [])
        self.assertEqual(board.next(True), (upload, True))
        self.assertEqual(board.next(True), (download, False))
        board.add([upload])
        reader.join(5)
        self.assertEqual(taken, [(upload, False)])

    def test_makes_parts_one_by_one_and_forgets_a_file_that_is_done(self):
        agent = program['Agent']({'threads': 1, 'retries': 0}, None)
        file = agent.files[7] = program['UploadFile'](7, '/f', 10 ** 15, 10 ** 6)
        parts = file.parts(None)

        self.assertEqual([next(parts).part for _ in range(3)], [1, 2, 3])
        file.is_dropped = True
        self.assertEqual(list(parts), [])

        other = agent.files[8] = program['UploadFile'](8, '/g', 30, 10)
        for _ in other.parts([2, 3]):
            self.assertIn(8, agent.files)
            agent.finish(other)
        self.assertEqual(list(agent.files), [7])

    def test_asks_for_a_fresh_url_when_the_old_one_or_its_credentials_expired(self):
        for status, code in ((403, 'AccessDenied'), (400, 'ExpiredToken')):
            self.assertTrue(Refusal(status, code, '').is_expired())
        self.assertFalse(Refusal(400, 'BadDigest', '').is_expired())

    def test_counts_the_life_of_a_url_from_its_order_however_late_its_part_is_taken(self):
        file = program['DownloadFile'](1, '/nowhere', 20, 10, 0, 0, 0o600, 0)
        ordered_at = time.monotonic()
        parts = file.parts(None, [])
        time.sleep(0.2)
        self.assertLess(next(parts).signed_at - ordered_at, 0.1)
        self.assertLess(next(parts).signed_at - ordered_at, 0.1)

    def test_ends_a_program_that_was_left_behind_and_no_other(self):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        try:
            started_at = program['start_of'](child)
            program['dismiss'](child, started_at + 1)
            program['dismiss'](os.getppid(), program['start_of'](os.getppid()))
            program['dismiss'](os.getpid(), program['start_of']('self'))
            time.sleep(0.05)
            self.assertEqual(os.waitpid(child, os.WNOHANG), (0, 0))

            program['dismiss'](child, started_at)

            self.assertEqual(os.waitpid(child, 0), (child, 9))
            child = None
        finally:
            if child:
                os.kill(child, 9)

    def test_tells_one_life_of_a_container_from_another(self):
        self.assertRegex(program['host_identity'](), r'^[0-9a-f-]{36}:[0-9]+$')

    def test_holds_all_threads_together_to_the_pace(self):
        pace = program['Pace'](1000000)
        begin = time.monotonic()
        threads = [threading.Thread(target=lambda: [pace.spend(10000) for _ in range(5)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        # 200,000 bytes; the last one need not wait for its own.
        self.assertGreater(time.monotonic() - begin, 0.15)

    def test_ends_with_stdin_and_cuts_it_into_lines(self):
        reading, writing = os.pipe()
        deflate = zlib.compressobj()
        for text in (b'{"a":1}\n{"b"', b':2}\nrest'):
            os.write(writing, deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH))
        os.close(writing)

        self.assertEqual(list(program['lines_of'](reading)), [{'a': 1}, {'b': 2}])

    def test_ends_when_nobody_speaks_any_more(self):
        reading, writing = os.pipe()
        program['SILENCE_SECONDS'] = 0.05

        self.assertEqual(list(program['lines_of'](reading)), [])
        os.close(writing)

    def test_knows_whether_a_file_is_in_the_cache_where_the_system_tells(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b'x' * 100)
            file.flush()
            self.assertFalse(program['is_cold'](file.fileno(), 0))


if __name__ == '__main__':
    unittest.main()
