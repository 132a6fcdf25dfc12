"""Cain's stand-in for nodetool, part 1 of 2: one call of a JMX operation.

JMX is RMI (chapter 10 of the Java Remote Method Invocation specification), and RMI is Java's object serialization (chapter 6
of its specification). The tests compare what is written here with Java's own bytes.
"""
import hashlib
import re
import socket
import struct

HOST = '127.0.0.1'
# For all but the operation itself, which takes as long as it takes, with nodetool too.
ANSWER_SECONDS = 30
LONGEST_STUB_BYTES = 8192
# Of an exception, which comes in one go.
SILENCE_SECONDS = 0.5
LONGEST_REST_BYTES = 1 << 20


class Unexpected(Exception):
    """For nodetool to find out what is wrong."""


class Thrown(Unexpected):
    """The server answered with an exception of this Java class, and this message where it has one that can be read."""

    def __init__(self, name, message):
        Unexpected.__init__(self, name)
        self.name = name
        self.message = message


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


def described(name, version, flags, fields, note, parent=NULL):
    """`fields`: type code and name of each, for those of a class its name too."""
    head = utf(name) + bytes.fromhex(version) + struct.pack('>BH', flags, len(fields))
    return b'\x72' + head + b''.join(fields) + note + b'\x78' + parent


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


def integer(value, note=b''):
    parent = described('java.lang.Number', '86ac951d0b94e08b', SERIALIZABLE, (), note)
    fields = [b'I' + utf('value')]
    head = described('java.lang.Integer', '12e2a0a4f7818738', SERIALIZABLE, fields, note, parent)
    return b'\x73' + head + struct.pack('>i', value)


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


def text_at(data, at):
    """A text and where it ends."""
    end = at + 2 + struct.unpack('>H', data[at:at + 2])[0]
    return data[at + 2:end].decode('utf-8'), end


def after_classes(data, at):
    """Where the description of a class ends, and of those that it extends."""
    while data[at:at + 1] == b'\x72':
        _, at = text_at(data, at + 1)
        count = struct.unpack('>H', data[at + 9:at + 11])[0]
        at += 11
        for _ in range(count):
            code = data[at:at + 1]
            _, at = text_at(data, at + 1)
            if code in (b'L', b'['):
                at = after_text(data, at)
        if data[at:at + 2] != NULL + b'\x78':
            raise Unexpected('this class is described in another way')
        at += 2
    return after_reference(data, at)


def after_text(data, at):
    return text_at(data, at + 1)[1] if data[at:at + 1] == b'\x74' else after_reference(data, at)


def after_reference(data, at):
    """Null, or what was written before."""
    sizes = {NULL: 1, b'\x71': 5}
    if data[at:at + 1] not in sizes:
        raise Unexpected('this is neither null nor known')
    return at + sizes[data[at:at + 1]]


def thrown(data):
    """Of an exception the first fields are those of Throwable, by name: its cause, mostly itself, and its message."""
    if data[:2] != b'\x73\x72':
        raise Unexpected('this is no object')
    name, _ = text_at(data, 2)
    try:
        at = after_reference(data, after_classes(data, 1))
        message = text_at(data, at + 1)[0] if data[at:at + 1] == b'\x74' else None
    except (Unexpected, struct.error, UnicodeDecodeError):
        message = None
    return Thrown(name, message)


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
    """One call, on a connection of its own. Use it by `with`; what is read from it is the value that the method returned."""

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
                raise thrown(self.rest())
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

    def strings(self):
        self.expect(LIST)
        size = struct.unpack('>I', self.read(4))[0]
        # How much room the list has, in a block of its own.
        self.expect(b'\x77\x04')
        self.read(4)
        return [self.string() for _ in range(size)]

    def rest(self):
        """What else is said. The connection stays open, so that its end shows by silence alone."""
        data = b''
        self.socket.settimeout(SILENCE_SECONDS)
        try:
            while len(data) < LONGEST_REST_BYTES:
                piece = self.socket.recv(65536)
                if not piece:
                    break
                data += piece
        except OSError:
            pass
        return data

    def stub(self):
        """What stands for a remote object: its class does not matter, only where it is."""
        data = b''
        while len(data) < LONGEST_STUB_BYTES:
            piece = self.socket.recv(LONGEST_STUB_BYTES)
            if not piece:
                break
            data += piece
            found = re.search(b'UnicastRef(?:2(.))?(..)', data, re.DOTALL)
            if not found:
                continue
            if found.group(1) not in (None, b'\0'):
                raise Unexpected('it wants a socket factory, as TLS does')
            at = found.end() + struct.unpack('>H', found.group(2))[0]
            if len(data) >= at + 26:
                return Remote(struct.unpack('>I', data[at:at + 4])[0], data[at + 4:at + 26])
        raise Unexpected('this is no remote object')


def invoke(connection, bean, name, parameters):
    """`parameters`: class and serialized value of each. Gives the call, to read its answer from, when that has come."""
    values = object_array([value for _, value in parameters])
    types = string_array([java_class for java_class, _ in parameters], NULL)
    arguments = object_name(bean) + string(name) + marshalled(values) + types + NULL
    return Call(connection, INVOKE, arguments, None)


def attribute(connection, bean, name):
    """One that is a list of strings."""
    with Call(connection, GET_ATTRIBUTE, object_name(bean) + string(name) + NULL) as call:
        return call.strings()


def close(connection):
    """Best effort, since what was asked for is done: the server gives up connections that nobody uses."""
    try:
        with Call(connection, CLOSE, b''):
            pass
    except (OSError, Unexpected):
        pass
