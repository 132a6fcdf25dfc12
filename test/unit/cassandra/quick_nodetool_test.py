"""Of the program that stands in for nodetool, what can be tested without Cassandra. Run by quick-nodetool.test.ts."""
import contextlib
import io
import os
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest

program = {'__name__': 'quick'}
exec(compile(open(sys.argv.pop(1)).read(), 'quick', 'exec'), program)
Thrown = program['Thrown']
Unexpected = program['Unexpected']
NULL = program['NULL']
NUMBER = bytes(range(22))


def java(text):
    return bytes.fromhex(text.replace(' ', ''))


class Server(object):
    """An RMI server of which each object gives its next answer; keeps the calls that it heard."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []
        self.socket = socket.socket()
        self.socket.bind(('127.0.0.1', 0))
        self.socket.listen(9)
        self.port = self.socket.getsockname()[1]
        thread = threading.Thread(target=self.run)
        thread.daemon = True
        thread.start()

    def run(self):
        while self.answers:
            connection, _ = self.socket.accept()
            connection.settimeout(10)
            answer = self.answers.pop(0)
            connection.recv(7)
            connection.sendall(b'\x4e' + program['utf']('127.0.0.1') + struct.pack('>I', 40000))
            self.calls.append(connection.recv(65536))
            if isinstance(answer, tuple):
                time.sleep(answer[0])
                answer = answer[1]
            connection.sendall(answer)
            connection.close()
        self.socket.close()


def answer(value, outcome=1):
    return b'\x51' + program['STREAM_HEAD'] + b'\x77\x0f' + struct.pack('>B', outcome) + bytes(14) + value


def listed(texts):
    size = struct.pack('>I', len(texts))
    return program['LIST'] + size + b'\x77\x04' + size + b''.join(map(program['string'], texts)) + b'\x78'


def exception(name, message=None):
    """As a JVM writes it: described down to Throwable, then the cause, which is itself, and the message."""
    utf, string = program['utf'], program['string']
    throwable = [b'L' + utf('cause') + string('Ljava/lang/Throwable;'), b'L' + utf('detailMessage') + string('Ljava/lang/String;'),
                 b'[' + utf('stackTrace') + string('[Ljava/lang/StackTraceElement;'),
                 b'L' + utf('suppressedExceptions') + b'\x71\0\x7e\0\5']
    parent = program['described']('java.lang.Throwable', 'd5c635273977b8cb', 3, throwable, NULL)
    described = program['described'](name, 'd0' * 8, 2, [b'L' + utf('exception') + string('Ljava/lang/Exception;')], NULL, parent)
    return answer(b'\x73' + described + b'\x71\0\x7e\0\7' + (string(message) if message else NULL) + b'\x75 and so on', 2)


def stub(port, reference=b'UnicastRef2\0'):
    place = program['utf']('10.0.0.7') + struct.pack('>I', port) + NUMBER + b'\0'
    return answer(b'\x73\x72 a class \x77\x40\0\x0b' + reference + place + b'\x78')


class Bytes(unittest.TestCase):
    """What a JVM (OpenJDK 17) wrote with ObjectOutputStream, for RMI with a null for the place of each class."""

    def test_arrays(self):
        self.assertEqual(
            program['string_array'](['cain', 'pass'], NULL),
            java('757200135b4c6a6176612e6c616e672e537472696e673badd256e7e91d7b47020000707870 00000002 7400046361696e 74000470617373'))
        self.assertEqual(
            program['object_array']([program['string']('x')]),
            java('757200135b4c6a6176612e6c616e672e4f626a6563743b90ce589f1073296c0200007870 00000001 74000178'))

    def test_values(self):
        self.assertEqual(
            program['boolean'](True),
            java('737200116a6176612e6c616e672e426f6f6c65616ecd207280d59cfaee0200015a000576616c75657870 01'))
        self.assertEqual(
            program['integer'](0, NULL),
            java('737200116a6176612e6c616e672e496e746567657212e2a0a4f781873802000149000576616c75657078'
                 '7200106a6176612e6c616e672e4e756d62657286ac951d0b94e08b02000070787000000000'))
        self.assertEqual(
            program['object_name']('a:type=B'),
            java('7372001b6a617661782e6d616e6167656d656e742e4f626a6563744e616d650f03a71beb6d15cf03000070 7870 740008613a747970653d42 78'))
        self.assertEqual(
            listed([]),
            java('737200136a6176612e7574696c2e41727261794c6973747881d21d99c7619d03000149000473697a6570 7870 00000000 770400000000 78'))

    def test_collections_but_for_how_much_room_they_take(self):
        self.assertEqual(
            program['string_set'](['/a']),
            java('737200116a6176612e7574696c2e48617368536574ba44859596b8b7340300007870 770c 00000002 3f400000 00000001 7400022f61 78'))
        self.assertEqual(
            program['string_map']([('ttl', '48h')]),
            java('737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f724900097468726573686f6c647870'
                 '3f400000 00000000 7708 00000002 00000001 74000374746c 740003343868 78'))

    def test_methods(self):
        """As rmic wrote them into the stubs of the JDK."""
        self.assertEqual(struct.unpack('>iq', program['LOOK_UP']), (2, 4905912898345647071))
        self.assertEqual(struct.unpack('>iq', program['NEW_CLIENT']), (-1, -1089742558549201240))
        self.assertEqual(struct.unpack('>iq', program['INVOKE']), (-1, 1434350937885235744))
        self.assertEqual(struct.unpack('>iq', program['CLOSE']), (-1, -4742752445160157748))

    def test_characters_that_java_writes_otherwise(self):
        self.assertEqual(program['string']('\u00e4'), java('740002c3a4'))
        for text in ('\0', '\U0001f600'):
            with self.assertRaises(Unexpected):
                program['string'](text)


class Commands(unittest.TestCase):
    def call(self, args, *answers):
        """Runs a command; `answers`: of the connection that the server hands out."""
        connection = Server(*answers)
        server = Server(stub(connection.port))
        registry = Server(stub(server.port))
        program['jmx_port'] = lambda: registry.port
        try:
            program['main'](args)
        finally:
            self.login = server.calls
            self.calls = connection.calls

    def test_takes_a_snapshot_and_says_goodbye(self):
        self.call(['snapshot', '-t', 'cain-1', '--ttl', '48h', '--', 'shop', 'stock'], answer(NULL), answer(b''))

        self.assertIn(b'takeSnapshot', self.calls[0])
        self.assertIn(NUMBER + program['INVOKE'], self.calls[0])
        for word in (b'cain-1', b'ttl', b'48h', b'shop', b'stock'):
            self.assertEqual(self.calls[0].count(b'\x74' + struct.pack('>H', len(word)) + word), 1)
        self.assertIn(NUMBER + program['CLOSE'], self.calls[1])
        self.assertTrue(self.login[0].endswith(program['NEW_CLIENT'] + NULL))

    def test_reads_the_older_form_of_a_stub(self):
        connection = Server(answer(NULL), answer(b''))
        server = Server(stub(connection.port, b'UnicastRef'))
        registry = Server(stub(server.port))
        program['jmx_port'] = lambda: registry.port

        program['main'](['clearsnapshot', '-t', 'cain-1'])

        self.assertIn(b'clearSnapshot', connection.calls[0])

    def test_what_is_done_is_done_whatever_becomes_of_the_goodbye(self):
        for goodbye in (b'', exception('java.rmi.NoSuchObjectException')):
            self.call(['disableautocompaction', '--', 'shop', 'users'], answer(NULL), goodbye)

            self.assertIn(b'disableAutoCompaction', self.calls[0])

    def test_flushes_tables(self):
        self.call(['flush', '--', 'shop', 'users'], answer(NULL), answer(b''))

        self.assertIn(b'forceKeyspaceFlush', self.calls[0])

    def test_an_exception_is_no_success(self):
        with self.assertRaises(Thrown) as caught:
            self.call(['clearsnapshot', '-t', 'x'], exception('javax.management.MBeanException'), answer(b''))
        self.assertEqual(caught.exception.name, 'javax.management.MBeanException')
        with self.assertRaises(Thrown):
            self.call(['clearsnapshot', '-t', 'x'], answer(b'\x73\x72' + program['utf']('x') + NULL, 7), answer(b''))

    def failing(self, args, *answers):
        """Exit code and words."""
        said = io.StringIO()
        with self.assertRaises(SystemExit) as caught, contextlib.redirect_stderr(said):
            self.call(args, *answers)
        self.assertIn(program['CLOSE'], self.calls[-1])
        return caught.exception.code, said.getvalue()

    def test_tells_itself_why_a_snapshot_or_a_cleanup_failed(self):
        """Neither is tried again, and nothing is cleared: tables share the name of a snapshot."""
        for args in (['snapshot', '-t', 'x', '--', 'shop'], ['snapshot', '-t', 'x', '-kt', 'shop.users'],
                     ['cleanup', '--jobs', '1', '--', 'shop', 'users']):
            for thrown in ('java.io.IOException: It is full: a disk.', 'It is full: a disk.'):
                said = self.failing(args, exception('javax.management.MBeanException', thrown), answer(b''))
                self.assertEqual(said, (2, 'error: It is full: a disk.\n'))
                self.assertEqual(len(self.calls), 2)

    def test_leaves_it_to_nodetool_where_an_exception_says_nothing(self):
        odd = exception('x.Exception').replace(b'\x71\0\x7e\0\7', b'\x73')
        for thrown in (exception('x.Exception'), odd, odd[:60]):
            with self.assertRaises(Thrown) as caught:
                self.call(['snapshot', '-t', 'x', '--', 'shop'], thrown, answer(b''))
            self.assertEqual((caught.exception.name, caught.exception.message), ('x.Exception', None))

    def test_takes_a_snapshot_of_tables(self):
        self.call(['snapshot', '-t', 'cain-undo', '-kt', 'shop.users,shop.orders'], answer(NULL), answer(b''))

        for word in ('shop.users', 'shop.orders'):
            self.assertIn(program['string'](word), self.calls[0])

    def test_clears_a_snapshot_of_one_keyspace(self):
        self.call(['clearsnapshot', '-t', 'x', '--', 'shop'], answer(NULL), answer(b''))

        self.assertIn(program['string_array'](['shop']), self.calls[0])

    def test_cleans_up(self):
        args = ['cleanup', '--jobs', '1', '--', 'shop', 'users']
        self.call(args, answer(program['integer'](0, NULL)), answer(b''))

        self.assertIn(b'forceKeyspaceCleanup', self.calls[0])
        for status, said in ((1, 'aborted'), (2, 'could not mark')):
            code, words = self.failing(args, answer(program['integer'](status, NULL)), answer(b''))
            self.assertEqual(code, 2)
            self.assertRegex(words, '^error: Cassandra ' + said)

    def test_waits_for_an_operation_as_long_as_it_takes(self):
        program['ANSWER_SECONDS'] = 0.2
        try:
            self.call(['clearsnapshot', '-t', 'x'], (0.6, answer(NULL)), answer(b''))
        finally:
            program['ANSWER_SECONDS'] = 30
        self.assertIn(program['CLOSE'], self.calls[1])

    def test_tells_which_directories_were_not_imported(self):
        args = ['import', '--no-tokens', '--', 'shop', 'users', '/a', '/b']
        said = self.failing(args, answer(listed(['/a', '/b'])), answer(b''))
        self.assertEqual(said, (1, 'Some directories failed to import, check server logs for details:\n/a\n/b\n'))

    def test_an_answer_that_breaks_off_is_no_success(self):
        for cut in (1, 8, 21, 40):
            with self.assertRaises(Unexpected):
                whole = answer(listed([]))
                self.call(['import', '--no-tokens', '--', 'shop', 'users', '/a'], whole[:cut], answer(b''))

    def test_imports_as_each_version_wants_it(self):
        missing = exception('javax.management.ReflectionException')
        for answers, booleans in (([], 9), ([missing], 7), ([missing, missing], 6)):
            self.call(['import', '--no-tokens', '--', 'shop', 'users', '/a', '/b'],
                      *(answers + [answer(listed([])), answer(b'')]))

            last = self.calls[-2]
            self.assertEqual(last.count(program['string']('boolean')), booleans)
            self.assertIn(b'type=Tables,keyspace=shop,table=users', last)
            flags = last.split(b'java.lang.Boolean')[1:]
            self.assertEqual([flag[21] for flag in flags], [1, 1, 1, 0, 1, 0, 0, 0, 1][:booleans])

    def test_imports_once_where_the_import_itself_fails(self):
        with self.assertRaises(Thrown):
            self.call(['import', '--no-tokens', '--', 'shop', 'users', '/a'],
                      exception('javax.management.RuntimeMBeanException'), answer(b''))
        self.assertEqual(len(self.calls), 2)

    def settled(self, live, states=((), (), (), ()), members=('10.0.0.1', '10.0.0.2')):
        lists = list(states) + [live]
        self.call(['settled'] + list(members), *([answer(listed(each)) for each in lists] + [answer(b'')]))

    def test_finds_the_ring_settled(self):
        self.settled(['10.0.0.2', '10.0.0.1'])

        for call, name in zip(self.calls, ('Unreachable', 'Joining', 'Leaving', 'Moving', 'Live')):
            self.assertIn(program['GET_ATTRIBUTE'], call)
            self.assertTrue(call.endswith(program['string'](name + 'Nodes') + NULL))

    def test_finds_it_not_settled(self):
        both = ['10.0.0.1', '10.0.0.2']
        for at in range(4):
            with self.assertRaises(Unexpected):
                self.settled(both, [['10.0.0.2'] if at == index else [] for index in range(4)])
        for live in ([], both[:1], both + ['10.0.0.3']):
            with self.assertRaises(Unexpected):
                self.settled(live)
        with self.assertRaises(Unexpected):
            self.settled(both, members=[])

    def test_takes_no_other_list_for_one_of_strings(self):
        empty = listed([])
        for odd in (empty.replace(b'ArrayList', b'ArrayPile'), empty.replace(b'\x77\x04', b'\x77\x05')):
            with self.assertRaises(Unexpected):
                self.call(['settled'], answer(odd), *([answer(empty)] * 4 + [answer(b'')]))

    def test_sends_nodetool_to_the_same_port(self):
        program['sys'].argv[1:] = ['nodetool', 'clearsnapshot', '-t', 'x']
        for args, added in ((['clearsnapshot', '-t', 'x'], True), (['status'], False)):
            before = list(program['sys'].argv)
            with self.assertRaises((Unexpected, KeyError)):
                self.call(args, exception('x.Exception'), answer(b''))
            port = ['-p', str(program['jmx_port']())] if added else []
            self.assertEqual(program['sys'].argv, before[:2] + port + before[2:])
            program['sys'].argv[:] = before
        del program['sys'].argv[1:]

    def test_logs_in_with_the_password_file(self):
        with tempfile.NamedTemporaryFile('w', suffix='.jmx') as file:
            file.write('other\tno\n\ncain-2 no\n cain \ta"b"=c as nodetool\n')
            file.flush()
            self.call(['-u', 'cain', '-pwf', file.name, 'clearsnapshot', '-t', 'x'], answer(NULL), answer(b''))

        self.assertTrue(self.login[0].endswith(program['string_array'](['cain', 'a"b"=c'], NULL)))

    def test_leaves_to_nodetool_what_it_was_not_made_for(self):
        for args in (['status'], ['-h', 'elsewhere', 'clearsnapshot', '-t', 'x'], ['-p', '1', 'clearsnapshot', '-t', 'x'],
                     ['clearsnapshot'], ['clearsnapshot', '-t', ''], ['clearsnapshot', '--all'], ['snapshot', '-t', 'x'],
                     ['clearsnapshot', '-t', 'x', '--'], ['clearsnapshot', '-t', 'x', 'shop'], ['cleanup', '--', 'shop', 'users'],
                     ['cleanup', '--jobs', '2', '--', 'shop', 'users'], ['cleanup', '--jobs', '1', '--', 'shop'],
                     ['snapshot', '-t', 'x', '--ttl', '--', 'shop'], ['snapshot', '-t', 'x', '-kt', 'a.b', '--', 'shop'],
                     ['snapshot', '-t', 'x', '-sf', 'true', '--', 'shop'], ['snapshot', '-t', '--', 'shop'],
                     ['enableautocompaction', '--', 'shop'], ['enableautocompaction', 'shop', 'users'],
                     ['import', '--', 'shop', 'users', '/a'], ['import', '--no-tokens', '--', 'shop', 'users']):
            self.calls = self.login = []
            with self.assertRaises(Exception, msg=args):
                self.call(args, answer(NULL), answer(b''))
            self.assertEqual(self.login + self.calls, [], args)

    def test_knows_a_stub_that_wants_a_socket_factory(self):
        server = Server(stub(0, b'UnicastRef2\1'))
        with program['Call'](program['Remote'](server.port, NUMBER), program['CLOSE'], b'') as call:
            with self.assertRaises(Unexpected):
                call.stub()

    def test_knows_what_is_no_rmi(self):
        for said in (b'HTTP/1.1 400 Bad Request\r\n\r\n', b'\x15\x03\x03\0\x02\x02\x28', b''):
            listener = socket.socket()
            listener.bind(('127.0.0.1', 0))
            listener.listen(1)

            def run():
                connection, _ = listener.accept()
                connection.sendall(said)
                connection.recv(7)
                connection.close()
            thread = threading.Thread(target=run)
            thread.start()
            with self.assertRaises((Unexpected, OSError)):
                program['Call'](program['Remote'](listener.getsockname()[1], NUMBER), program['CLOSE'], b'')
            thread.join()
            listener.close()


find_port = program['jmx_port']


class Port(unittest.TestCase):
    def setUp(self):
        self.proc = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.proc.cleanup()

    def add(self, pid, *words, **options):
        directory = os.path.join(self.proc.name, str(pid))
        os.mkdir(directory)
        with open(os.path.join(directory, 'cmdline'), 'wb') as file:
            file.write(b''.join(word.encode() + b'\0' for word in words))
        with open(os.path.join(directory, 'status'), 'w') as file:
            file.write('Name:\tjava\nNSpid:\t%s\nThreads:\t9\n' % options.get('numbers', pid))

    def add_cassandra(self, pid, *flags, **options):
        java = options.pop('java', '/opt/java/bin/java')
        self.add(pid, java, *(flags + ('-cp', 'x', 'org.apache.cassandra.service.CassandraDaemon')), **options)

    def listen(self, *lines, **options):
        """`lines`: local end and state of sockets."""
        directory = os.path.join(self.proc.name, 'net')
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, options.get('name', 'tcp')), 'w') as file:
            file.write('  sl  local_address rem_address   st tx_queue rx_queue\n')
            for number, (end, state) in enumerate(lines):
                file.write('%4d: %s 00000000:0000 %s 00000000:00000000 00:00000000 00000000   999 0 7 1\n' % (number, end, state))

    def test_is_in_the_command_line_of_cassandra(self):
        self.add(1, 'sh', '-c', 'sleep')
        self.add(9, 'java', '-Dcassandra.jmx.local.port=1', 'org.apache.cassandra.tools.NodeTool')
        self.listen(('0100007F:1C1F', '0A'), ('0100007F:1C1F', '01'), ('0100007F:2352', '0A'))
        self.listen(('0' * 32 + ':1C83', '0A'), name='tcp6')
        self.add(11, 'sh', '-c', 'java org.apache.cassandra.service.CassandraDaemon')
        self.add_cassandra(12, java='/usr/bin/tini')
        for name, port in (('local', 7199), ('remote', 7299)):
            self.add_cassandra(port, '-Dcassandra.jmx.%s.port=%d' % (name, port))

            self.assertEqual(find_port(self.proc.name), port)
            os.unlink(os.path.join(self.proc.name, str(port), 'cmdline'))

    def test_is_unknown_where_there_is_none_or_more_than_one(self):
        self.listen(('0100007F:1C1F', '0A'))
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)
        self.add_cassandra(7)
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)
        self.add_cassandra(8, '-Dcassandra.jmx.local.port=7199')
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)

    def test_is_not_taken_where_somebody_else_listens_on_it_or_nobody(self):
        """In the network of the host another Cassandra may have it on another address."""
        self.add_cassandra(7, '-Dcassandra.jmx.local.port=7199')
        for lines in ([], [('0100007F:1C20', '0A')], [('0100007F:1C1F', '0A'), ('0700000A:1C1F', '0A')]):
            self.listen(*lines)
            with self.assertRaises(Unexpected):
                find_port(self.proc.name)
        self.listen(('0100007F:1C1F', '0A'))
        self.assertEqual(find_port(self.proc.name), 7199)
        self.listen(('0' * 32 + ':1C1F', '0A'), name='tcp6')
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)

    def test_passes_over_the_cassandra_of_another_container(self):
        self.listen(('0100007F:1C1F', '0A'), ('0100007F:1C83', '0A'))
        self.add_cassandra(70, '-Dcassandra.jmx.local.port=7199', numbers='70\t1')
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)

        self.add_cassandra(80, '-Dcassandra.jmx.local.port=7299')

        self.assertEqual(find_port(self.proc.name), 7299)


if __name__ == '__main__':
    unittest.main()
