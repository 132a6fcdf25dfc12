"""Does what six commands of nodetool do, without its JVM: one JMX operation on the Cassandra of this container.

Run from memory as `python3 -c ... nodetool ARGS...`. Standard library only, for Python 3.6 and later. It knows success and nothing
else: it ends with an exception where the answer is not the one that it waits for, a refused login and TLS included, and nodetool
takes the place of this process, with the same arguments. So what failed is always said by nodetool.

JMX is RMI (chapter 10 of the Java Remote Method Invocation specification), and RMI is Java's object serialization (chapter 6
of its specification). The tests compare what is written here with Java's own bytes.
"""
import hashlib
import os
import re
import socket
import struct
import sys

HOST = '127.0.0.1'
# For all but the operation itself, which takes as long as it takes, with nodetool too.
ANSWER_SECONDS = 30
LONGEST_STUB_BYTES = 8192


class Unexpected(Exception):
    """For nodetool to find out what is wrong."""


class Thrown(Unexpected):
    """The server answered with an exception of this Java class."""

    def __init__(self, name):
        Unexpected.__init__(self, name)
        self.name = name


# Java's object serialization. `note` is what RMI adds to the description of each class: where to load it from.

NULL = b'\x70'
STREAM_HEAD = b'\xac\xed\x00\x05'
SERIALIZABLE = 2
WITH_OWN_DATA = 3


def utf(text):
    if any(char == '\0' or char > '\uffff' for char in text):
        raise Unexpected('Java writes these characters otherwise')
    data = text.encode('utf-8')
    return struct.pack('>H', len(data)) + data


def string(text):
    return b'\x74' + utf(text)


def described(name, version, flags, fields, note):
    """`fields`: type code and name of each, for those of a class its name too."""
    head = utf(name) + bytes.fromhex(version) + struct.pack('>BH', flags, len(fields))
    return b'\x72' + head + b''.join(fields) + note + b'\x78' + NULL


def instance(name, version, flags, fields=(), note=b''):
    return b'\x73' + described(name, version, flags, fields, note)


def array(name, version, length, items, note=b''):
    return b'\x75' + described(name, version, SERIALIZABLE, (), note) + struct.pack('>I', length) + items


def string_array(texts, note=b''):
    return array('[Ljava.lang.String;', 'add256e7e91d7b47', len(texts), b''.join(map(string, texts)), note)


def object_array(items):
    return array('[Ljava.lang.Object;', '90ce589f1073296c', len(items), b''.join(items))


def byte_array(data, note):
    return array('[B', 'acf317f8060854e0', len(data), data, note)


def boolean(value):
    return instance('java.lang.Boolean', 'cd207280d59cfaee', SERIALIZABLE, [b'Z' + utf('value')]) + struct.pack('>B', value)


def string_set(texts):
    head = struct.pack('>BBIfI', 0x77, 12, 2 * len(texts), 0.75, len(texts))
    items = b''.join(string(text) for text in texts)
    return instance('java.util.HashSet', 'ba44859596b8b734', WITH_OWN_DATA) + head + items + b'\x78'


def string_map(pairs):
    fields = [b'F' + utf('loadFactor'), b'I' + utf('threshold')]
    head = struct.pack('>fIBBII', 0.75, 0, 0x77, 8, 2 * len(pairs), len(pairs))
    items = b''.join(string(key) + string(value) for key, value in pairs)
    return instance('java.util.HashMap', '0507dac1c31660d1', WITH_OWN_DATA, fields) + head + items + b'\x78'


def object_name(text):
    return instance('javax.management.ObjectName', '0f03a71beb6d15cf', WITH_OWN_DATA, (), NULL) + string(text) + b'\x78'


def marshalled(value):
    """An object in a stream of its own, that the server reads with the class loader of the MBean."""
    fields = [b'I' + utf('hash'), b'[' + utf('locBytes') + string('[B'), b'[' + utf('objBytes') + string('[B')]
    head = instance('java.rmi.MarshalledObject', '7cbd1e97ed63fc3e', SERIALIZABLE, fields, NULL)
    return head + struct.pack('>I', 13) + NULL + byte_array(STREAM_HEAD + value, NULL)


LIST = instance('java.util.ArrayList', '7881d21d99c7619d', WITH_OWN_DATA, [b'I' + utf('size')], NULL)


def string_list(texts):
    return LIST + struct.pack('>IBBI', len(texts), 0x77, 4, len(texts)) + b''.join(map(string, texts)) + b'\x78'


EMPTY_LIST = string_list([])


# RMI.

class Remote(object):
    """An object of the server: where it listens, and its number there (an ObjID, 22 bytes)."""

    def __init__(self, port, number):
        self.port = port
        self.number = number


REGISTRY_HASH = bytes.fromhex('44154dc9d4e63bdf')
METHOD = struct.pack('>i', -1)


def method(text):
    """What a method is called by: the start of the SHA-1 of its name and descriptor, the last byte first."""
    return METHOD + hashlib.sha1(utf(text)).digest()[7::-1]


LOOK_UP = struct.pack('>i', 2) + REGISTRY_HASH
NEW_CLIENT = method('newClient(Ljava/lang/Object;)Ljavax/management/remote/rmi/RMIConnection;')
INVOKE = method(
    'invoke(Ljavax/management/ObjectName;Ljava/lang/String;Ljava/rmi/MarshalledObject;'
    '[Ljava/lang/String;Ljavax/security/auth/Subject;)Ljava/lang/Object;'
)
GET_ATTRIBUTE = method(
    'getAttribute(Ljavax/management/ObjectName;Ljava/lang/String;Ljavax/security/auth/Subject;)Ljava/lang/Object;'
)
CLOSE = method('close()V')


class Call(object):
    """One call on a connection of its own. Use it by `with`; what `read` gives is the value that the method returned."""

    def __init__(self, remote, operation, arguments, seconds=ANSWER_SECONDS):
        self.socket = socket.create_connection((HOST, remote.port), ANSWER_SECONDS)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self.socket.sendall(b'JRMI' + struct.pack('>HB', 2, 0x4b))
            if self.read(1) != b'\x4e':
                raise Unexpected('this is no RMI')
            self.read(struct.unpack('>H', self.read(2))[0] + 4)
            head = remote.number + operation
            call = b'\x50' + STREAM_HEAD + struct.pack('>BB', 0x77, len(head)) + head + arguments
            self.socket.sendall(utf('') + struct.pack('>I', 0) + call)
            self.socket.settimeout(seconds)
            if self.read(7) != b'\x51' + STREAM_HEAD + b'\x77\x0f':
                raise Unexpected('this is no answer')
            outcome = self.read(15)[0]
            if outcome != 1:
                raise Thrown(self.class_name())
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self, count):
        data = b''
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise Unexpected('the connection was closed')
            data += piece
        return data

    def expect(self, answer):
        if self.read(len(answer)) != answer:
            raise Unexpected('this is not what success looks like')

    def text(self):
        return self.read(struct.unpack('>H', self.read(2))[0]).decode('utf-8')

    def string(self):
        self.expect(b'\x74')
        return self.text()

    def class_name(self):
        self.expect(b'\x73\x72')
        return self.text()

    def stub(self):
        """What stands for a remote object: its class does not matter, only where it is."""
        data = b''
        while len(data) < LONGEST_STUB_BYTES:
            piece = self.socket.recv(LONGEST_STUB_BYTES)
            if not piece:
                break
            data += piece
            # With a socket factory of the client's, as TLS has one, the form is another.
            found = re.search(b'UnicastRef(?:2\0)?(..)', data, re.DOTALL)
            if not found:
                continue
            at = found.end() + struct.unpack('>H', found.group(1))[0]
            if len(data) >= at + 26:
                return Remote(struct.unpack('>I', data[at:at + 4])[0], data[at + 4:at + 26])
        raise Unexpected('this is no remote object')


def invoke(connection, bean, name, parameters, answer):
    """`parameters`: class and serialized value of each. Returns when the server gave the answer that was expected."""
    values = object_array([value for _, value in parameters])
    types = string_array([java_class for java_class, _ in parameters], NULL)
    arguments = object_name(bean) + string(name) + marshalled(values) + types + NULL
    with Call(connection, INVOKE, arguments, None) as call:
        call.expect(answer)


def attribute(connection, bean, name):
    """A list of strings."""
    with Call(connection, GET_ATTRIBUTE, object_name(bean) + string(name) + NULL) as call:
        call.expect(LIST)
        size, _, _, _ = struct.unpack('>IBBI', call.read(10))
        return [call.string() for _ in range(size)]


def close(connection):
    """Best effort, since what was asked for is done: the server gives up connections that nobody uses."""
    try:
        with Call(connection, CLOSE, b''):
            pass
    except (OSError, Unexpected):
        pass


# The commands. Each takes its arguments and gives what is to be done with the connection.

STORAGE = 'org.apache.cassandra.db:type=StorageService'
TEXT = 'java.lang.String'
TEXTS = '[Ljava.lang.String;'


def operation(bean, name, versions, answer):
    """`versions`: the parameters, and those of older Cassandras."""
    def run(connection):
        for parameters in versions:
            try:
                return invoke(connection, bean, name, parameters, answer)
            except Thrown as error:
                # Nothing was begun: this Cassandra has no such operation.
                if error.name != 'javax.management.ReflectionException':
                    raise
        raise Unexpected('no version of it is known')
    return run


def snapshot(args):
    """-t NAME [--ttl TIME] -- KEYSPACES..."""
    end = args.index('--')
    options = dict(zip(args[0:end:2], args[1:end:2]))
    name = options.pop('-t')
    ttl = options.pop('--ttl', None)
    if options or end % 2 or not args[end + 1:]:
        raise Unexpected('this is not known here')
    parameters = [
        (TEXT, string(name)),
        ('java.util.Map', string_map([('ttl', ttl)] if ttl else [])),
        (TEXTS, string_array(args[end + 1:])),
    ]
    return operation(STORAGE, 'takeSnapshot', [parameters], NULL)


def clear_snapshot(args):
    """-t NAME"""
    option, name = args
    if option != '-t' or not name:
        raise Unexpected('without a name all snapshots are meant')
    return operation(STORAGE, 'clearSnapshot', [[(TEXT, string(name)), (TEXTS, string_array([]))]], NULL)


def on_tables(name, args):
    """-- KEYSPACE TABLES..."""
    dashes, keyspace, tables = args[0], args[1], args[2:]
    if dashes != '--' or not tables:
        raise Unexpected('without tables all of the keyspace are meant')
    return operation(STORAGE, name, [[(TEXT, string(keyspace)), (TEXTS, string_array(tables))]], NULL)


def import_sstables(args):
    """--no-tokens -- KEYSPACE TABLE DIRECTORIES..."""
    options, keyspace, table, directories = args[:2], args[2], args[3], args[4:]
    if options != ['--no-tokens', '--'] or not directories:
        raise Unexpected('this is not known here')
    bean = 'org.apache.cassandra.db:type=Tables,keyspace=%s,table=%s' % (keyspace, table)
    # resetLevel, clearRepaired, verifySSTables, verifyTokens, invalidateCaches and extendedVerify, as nodetool gives them;
    # since 4.1 copyData, since 5.0 failOnMissingIndex and validateIndexChecksum.
    flags = [('boolean', boolean(flag)) for flag in (True, True, True, False, True, False, False, False, True)]
    paths = ('java.util.Set', string_set(directories))
    return operation(bean, 'importNewSSTables', [[paths] + flags[:count] for count in (9, 7, 6)], EMPTY_LIST)


def settled(args):
    """ADDRESSES... No command of nodetool: whether just these are up, and nobody is down, joins, leaves or moves."""
    def run(connection):
        for state in ('Unreachable', 'Joining', 'Leaving', 'Moving'):
            if attribute(connection, STORAGE, state + 'Nodes'):
                raise Unexpected('the ring is changing')
        if sorted(attribute(connection, STORAGE, 'LiveNodes')) != sorted(args):
            raise Unexpected('these are not the members')
    return run


COMMANDS = {
    'snapshot': snapshot,
    'clearsnapshot': clear_snapshot,
    'disableautocompaction': lambda args: on_tables('disableAutoCompaction', args),
    'enableautocompaction': lambda args: on_tables('enableAutoCompaction', args),
    'flush': lambda args: on_tables('forceKeyspaceFlush', args),
    'import': import_sstables,
    'settled': settled,
}


def contents(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError:
        return b''


def jmx_port(proc='/proc'):
    """
    Where the one Cassandra of this container listens; its command line says so. One that has a number in a process
    namespace of its own, too, is in another container, and seen from its host's.
    """
    ports = []
    for directory in (os.path.join(proc, name) for name in os.listdir(proc) if name.isdigit()):
        words = contents(directory + '/cmdline').split(b'\0')
        if b'org.apache.cassandra.service.CassandraDaemon' not in words:
            continue
        numbers = re.search(b'^NSpid:(.*)$', contents(directory + '/status'), re.MULTILINE)
        if numbers and len(numbers.group(1).split()) > 1:
            continue
        found = [re.match(b'-Dcassandra\\.jmx\\.(?:local|remote)\\.port=(\\d+)$', word) for word in words]
        ports.append([int(match.group(1)) for match in found if match])
    if len(ports) != 1 or len(ports[0]) != 1:
        raise Unexpected('there is not one Cassandra that says where it listens')
    return ports[0][0]


def password_of(user, path):
    with open(path, encoding='utf-8') as file:
        for line in file:
            words = line.split(None, 1)
            if len(words) == 2 and words[0] == user:
                return words[1].rstrip('\r\n')
    raise Unexpected('the password file does not name the user')


def main(args):
    options = {}
    while args[0] in ('-p', '-u', '-pwf'):
        options[args[0]], args = args[1], args[2:]
    work = COMMANDS[args[0]](args[1:])
    port = jmx_port()
    if options.get('-p', str(port)) != str(port):
        raise Unexpected('nodetool is to go elsewhere')
    credentials = NULL
    if '-u' in options:
        credentials = string_array([options['-u'], password_of(options['-u'], options['-pwf'])], NULL)
    with Call(Remote(port, bytes(22)), LOOK_UP, string('jmxrmi')) as call:
        server = call.stub()
    with Call(server, NEW_CLIENT, credentials) as call:
        connection = call.stub()
    try:
        work(connection)
    finally:
        close(connection)


if __name__ == '__main__':
    main([os.fsencode(arg).decode('utf-8') for arg in sys.argv[2:]])
