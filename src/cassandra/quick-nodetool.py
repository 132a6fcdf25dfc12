# Part 2 of 2: commands of nodetool, without its JVM.
#
# Run from memory as `python3 -c ... nodetool ARGS...`. Standard library only, for Python 3.6 and later. It knows what success looks
# like, and tells the errors of what must not be done twice. With all else, a refused login and TLS included, it ends with an
# exception, and nodetool takes the place of this process with the same arguments, to say what is wrong.
import os
import sys

# The commands. Each takes its arguments and gives what is to be done with the connection.

STORAGE = 'org.apache.cassandra.db:type=StorageService'
TEXT = 'java.lang.String'
TEXTS = '[Ljava.lang.String;'


def operation(bean, name, parameters, answer):
    def run(connection):
        with invoke(connection, bean, name, parameters) as call:
            call.expect(answer)
    return run


def once(run):
    """For what nodetool must not do a second time. Its errors are told here, where they say what they are."""
    def run_once(connection):
        try:
            return run(connection)
        except Thrown as error:
            if error.message is None:
                raise
            # The class of the exception that was thrown before this one comes first.
            fail('error: ' + re.sub(r'^[\w.$]+(?:Exception|Error): ', '', error.message), 2)
    return run_once


def fail(text, code):
    sys.stderr.write(text + '\n')
    sys.exit(code)


def snapshot(args):
    """-t NAME [--ttl TIME] -- KEYSPACES..., or -t NAME -kt KEYSPACE.TABLE,..."""
    end = args.index('--') if '--' in args else len(args)
    options = dict(zip(args[0:end:2], args[1:end:2]))
    name = options.pop('-t')
    ttl = options.pop('--ttl', None)
    keyspaces, tables = args[end + 1:], options.pop('-kt', None)
    if options or end % 2 or bool(keyspaces) == bool(tables):
        raise Unexpected('this is not known here')
    parameters = [
        (TEXT, string(name)),
        ('java.util.Map', string_map([('ttl', ttl)] if ttl else [])),
        (TEXTS, string_array(keyspaces or tables.split(','))),
    ]
    # Of tables that have it by now nodetool would say that it exists, and not what is wrong with the others.
    return once(operation(STORAGE, 'takeSnapshot', parameters, NULL))


def clear_snapshot(args):
    """-t NAME [-- KEYSPACES...]"""
    option, name, dashes, keyspaces = args[0], args[1], args[2:3], args[3:]
    if option != '-t' or not name or bool(dashes) != bool(keyspaces) or dashes not in ([], ['--']):
        raise Unexpected('this is not known here')
    return operation(STORAGE, 'clearSnapshot', [(TEXT, string(name)), (TEXTS, string_array(keyspaces))], NULL)


def on_tables(name, args):
    """-- KEYSPACE TABLES..."""
    return operation(STORAGE, name, tables_of(args), NULL)


def tables_of(args):
    dashes, keyspace, tables = args[0], args[1], args[2:]
    if dashes != '--' or not tables:
        raise Unexpected('without tables all of the keyspace are meant')
    return [(TEXT, string(keyspace)), (TEXTS, string_array(tables))]


def clean_up(args):
    """--jobs 1 -- KEYSPACE TABLES..."""
    if args[:2] != ['--jobs', '1']:
        raise Unexpected('this is not known here')
    parameters = [('int', integer(1))] + tables_of(args[2:])

    def run(connection):
        with invoke(connection, STORAGE, 'forceKeyspaceCleanup', parameters) as call:
            status = call.read(len(integer(0, NULL)))
        if status == integer(1, NULL):
            fail('error: Cassandra aborted the cleanup of a table at least; its log says more', 2)
        if status != integer(0, NULL):
            fail('error: Cassandra could not mark all SSTables for the cleanup; its log says more', 2)
    return once(run)


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

    def run(connection):
        for count in (9, 7, 6):
            try:
                with invoke(connection, bean, 'importNewSSTables', [paths] + flags[:count]) as call:
                    return tell_failed(call.strings())
            except Thrown as error:
                # Nothing was begun: this Cassandra has no such operation.
                if error.name != 'javax.management.ReflectionException':
                    raise
        raise Unexpected('no version of import is known')
    return run


def tell_failed(directories):
    """In nodetool's words, which would read all SSTables once more to find them."""
    if directories:
        fail('\n'.join(['Some directories failed to import, check server logs for details:'] + directories), 1)


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
    'cleanup': clean_up,
    'clearsnapshot': clear_snapshot,
    'disableautocompaction': lambda args: on_tables('disableAutoCompaction', args),
    'enableautocompaction': lambda args: on_tables('enableAutoCompaction', args),
    'flush': lambda args: on_tables('forceKeyspaceFlush', args),
    'import': import_sstables,
    'settled': settled,
    'snapshot': snapshot,
}


def contents(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError:
        return b''


def jmx_port(proc='/proc'):
    """
    Where the one Cassandra of this container listens: its command line says so, and nobody else whom one can see listens
    there, on an address of its own. A Cassandra that has a number in a process namespace of its own, too, is in another
    container, and seen from its host's.
    """
    ports = []
    for directory in (os.path.join(proc, name) for name in os.listdir(proc) if name.isdigit()):
        words = contents(directory + '/cmdline').split(b'\0')
        if os.path.basename(words[0]) != b'java' or b'org.apache.cassandra.service.CassandraDaemon' not in words:
            continue
        numbers = re.search(b'^NSpid:(.*)$', contents(directory + '/status'), re.MULTILINE)
        if numbers and len(numbers.group(1).split()) > 1:
            continue
        found = [re.match(b'-Dcassandra\\.jmx\\.(?:local|remote)\\.port=(\\d+)$', word) for word in words]
        ports.append([int(match.group(1)) for match in found if match])
    if len(ports) != 1 or len(ports[0]) != 1:
        raise Unexpected('there is not one Cassandra that says where it listens')
    sockets = contents(proc + '/net/tcp') + contents(proc + '/net/tcp6')
    # The number of the line, address and port in hexadecimal digits, the other end, and the state: listening.
    if len(re.findall(b'^ *\\d+: [0-9A-F]+:%04X [0-9A-F:]+ 0A ' % ports[0][0], sockets, re.MULTILINE)) != 1:
        raise Unexpected('there is not one socket that listens there')
    return ports[0][0]


def password_of(user, path):
    """Of a line the first two words count, for nodetool."""
    for line in contents(path).decode('utf-8').splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == user:
            return words[1]
    raise Unexpected('the password file does not name the user')


def main(args):
    options = {}
    while args[0] in ('-p', '-u', '-pwf'):
        options[args[0]], args = args[1], args[2:]
    work = COMMANDS[args[0]](args[1:])
    port = jmx_port()
    if options.get('-p', str(port)) != str(port):
        raise Unexpected('nodetool is to go elsewhere')
    if '-p' not in options:
        # Where nodetool goes if this fails.
        sys.argv[2:2] = ['-p', str(port)]
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
