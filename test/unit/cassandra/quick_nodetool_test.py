"""Of the program that stands in for nodetool, what can be tested without Cassandra. Run by quick-nodetool.test.ts."""
import os
import socket
import struct
import sys
import tempfile
import threading
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
            connection.sendall(answer)
            connection.close()
        self.socket.close()


def answer(value, outcome=1):
    return b'\x51' + program['STREAM_HEAD'] + b'\x77\x0f' + struct.pack('>B', outcome) + bytes(14) + value


def exception(name):
    return answer(b'\x73\x72' + program['utf'](name) + bytes(9), 2)


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
            program['object_name']('a:type=B'),
            java('7372001b6a617661782e6d616e6167656d656e742e4f626a6563744e616d650f03a71beb6d15cf03000070 7870 740008613a747970653d42 78'))
        self.assertEqual(
            program['EMPTY_LIST'],
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

    def test_directories_that_could_not_be_imported_are_no_success(self):
        failed = program['EMPTY_LIST'].replace(struct.pack('>IBBI', 0, 0x77, 4, 0), struct.pack('>IBBI', 1, 0x77, 4, 1))
        with self.assertRaises(Unexpected):
            self.call(['import', '--no-tokens', '--', 'shop', 'users', '/a'], answer(failed), answer(b''))

    def test_an_answer_that_breaks_off_is_no_success(self):
        for cut in (1, 8, 21, 40):
            with self.assertRaises(Unexpected):
                whole = answer(program['EMPTY_LIST'])
                self.call(['import', '--no-tokens', '--', 'shop', 'users', '/a'], whole[:cut], answer(b''))

    def test_imports_as_each_version_wants_it(self):
        missing = exception('javax.management.ReflectionException')
        for answers, booleans in (([], 9), ([missing], 7), ([missing, missing], 6)):
            self.call(['import', '--no-tokens', '--', 'shop', 'users', '/a', '/b'],
                      *(answers + [answer(program['EMPTY_LIST']), answer(b'')]))

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
        self.call(['settled'] + list(members), *([answer(program['string_list'](each)) for each in lists] + [answer(b'')]))

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
        with self.assertRaises(Unexpected):
            self.call(['settled'], answer(program['EMPTY_LIST'].replace(b'ArrayList', b'ArrayPile')), answer(b''))

    def test_logs_in_with_the_password_file(self):
        with tempfile.NamedTemporaryFile('w', suffix='.jmx') as file:
            file.write('other\tno\ncain  a "b" = c\n')
            file.flush()
            self.call(['-u', 'cain', '-pwf', file.name, 'clearsnapshot', '-t', 'x'], answer(NULL), answer(b''))

        self.assertTrue(self.login[0].endswith(program['string_array'](['cain', 'a "b" = c'], NULL)))

    def test_leaves_to_nodetool_what_it_was_not_made_for(self):
        for args in (['status'], ['-h', 'elsewhere', 'clearsnapshot', '-t', 'x'], ['-p', '1', 'clearsnapshot', '-t', 'x'],
                     ['clearsnapshot'], ['clearsnapshot', '-t', ''], ['clearsnapshot', '--all'], ['snapshot', '-t', 'x'],
                     ['snapshot', '-t', 'x', '-sf', 'true', '--', 'shop'], ['snapshot', '-t', '--', 'shop'],
                     ['enableautocompaction', '--', 'shop'], ['enableautocompaction', 'shop', 'users'],
                     ['import', '--', 'shop', 'users', '/a'], ['import', '--no-tokens', '--', 'shop', 'users']):
            self.calls = self.login = []
            with self.assertRaises(Exception, msg=args):
                self.call(args, answer(NULL), answer(b''))
            self.assertEqual(self.login + self.calls, [], args)

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
        self.add(pid, 'java', *(flags + ('-cp', 'x', 'org.apache.cassandra.service.CassandraDaemon')), **options)

    def test_is_in_the_command_line_of_cassandra(self):
        self.add(1, 'sh', '-c', 'sleep')
        self.add(9, 'java', '-Dcassandra.jmx.local.port=1', 'org.apache.cassandra.tools.NodeTool')
        for name, port in (('local', 7199), ('remote', 7299)):
            self.add_cassandra(port, '-Dcassandra.jmx.%s.port=%d' % (name, port))

            self.assertEqual(find_port(self.proc.name), port)
            os.unlink(os.path.join(self.proc.name, str(port), 'cmdline'))

    def test_is_unknown_where_there_is_none_or_more_than_one(self):
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)
        self.add_cassandra(7)
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)
        self.add_cassandra(8, '-Dcassandra.jmx.local.port=7199')
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)

    def test_passes_over_the_cassandra_of_another_container(self):
        self.add_cassandra(70, '-Dcassandra.jmx.local.port=7199', numbers='70\t1')
        with self.assertRaises(Unexpected):
            find_port(self.proc.name)

        self.add_cassandra(80, '-Dcassandra.jmx.local.port=7299')

        self.assertEqual(find_port(self.proc.name), 7299)


if __name__ == '__main__':
    unittest.main()
