# Part 4 of 4: objects to files, sums of files, and the main loop.

# Nothing from Cain for so long: it is gone, whatever the connection says. It sends a line every 15 seconds.
SILENCE_SECONDS = 60


class DownloadFile(object):
    """An object that becomes a file, in segments that are fetched side by side."""

    def __init__(self, number, path, size, segment_bytes, uid, gid, mode, mtime):
        self.number = number
        self.path = path
        self.size = size
        self.segment_bytes = segment_bytes
        self.owner = (uid, gid)
        self.mode = mode
        self.mtime = mtime
        self.is_dropped = False

    def parts(self, wanted, signed):
        count = max(1, -(-self.size // self.segment_bytes))
        # Now, not when a thread comes to the part: by then the URL may have expired.
        signed_at = time.monotonic()
        return parts_of(self, wanted, count, lambda part: DownloadPart(self, part, count == 1, signed, signed_at))

    def open(self):
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.geteuid() == 0:
                os.fchown(descriptor, *self.owner)
            os.fchmod(descriptor, self.mode)
            if os.fstat(descriptor).st_size > self.size:
                os.ftruncate(descriptor, self.size)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


class DownloadPart(object):
    def __init__(self, file, part, is_whole, signed, signed_at):
        self.file = file
        self.part = part
        self.is_whole = is_whole
        self.offset = (part - 1) * file.segment_bytes
        self.length = min(file.segment_bytes, file.size - self.offset)
        self.signed = signed
        self.signed_at = signed_at
        self.renewals = 0

    def is_small(self):
        return True

    def held_bytes(self):
        return 0

    def prepare(self, agent, client):
        return self.transfer(agent, client)

    def transfer(self, agent, client):
        if self.file.is_dropped:
            return True
        url, headers, lifetime = self.signed
        if time.monotonic() - self.signed_at > lifetime * 0.8:
            return self.renew(agent)
        try:
            crc = agent.repeat(lambda: self.fetch(agent, client, url, headers))
        except Refusal as refusal:
            if refusal.is_expired() and self.renewals < 2:
                return self.renew(agent)
            raise
        agent.outbox.add('done', [self.file.number, self.part, crc])
        agent.finish(self.file)
        return True

    def renew(self, agent):
        self.renewals += 1
        agent.asked[self.file.number, self.part] = self
        agent.outbox.add('ask', [self.file.number, self.part])
        return False

    def fetch(self, agent, client, url, headers):
        if not self.is_whole:
            headers = headers + [['Range', 'bytes=%d-%d' % (self.offset, self.offset + self.length - 1)]]
        state = [self.offset, 0]
        try:
            descriptor = self.file.open()
        except OSError as error:
            raise FileError('%s: %s' % (self.file.path, error.strerror or error))

        def take(piece):
            state[1] = zlib.crc32(piece, state[1])
            agent.note(len(piece))
            try:
                while piece:
                    count = os.pwrite(descriptor, piece, state[0])
                    state[0] += count
                    piece = piece[count:]
            except OSError as error:
                raise FileError('%s: %s' % (self.file.path, error.strerror or error))

        try:
            client.get(url, headers, self.length, self.file.size, take)
            # The last segment that ends says so for good.
            os.utime(descriptor, (self.file.mtime, self.file.mtime))
            if not self.is_whole:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return state[1]

    def fail(self, agent, error):
        agent.outbox.add('failed', [self.file.number, self.part] + failure_of(error))


class SumJob(object):
    """Size and CRC-32 of a file as it lies there; none = there is no such file."""

    def __init__(self, number, path):
        self.number = number
        self.path = path

    def is_small(self):
        return True

    def held_bytes(self):
        return 0

    def prepare(self, agent, client):
        crc = size = 0
        try:
            with open(self.path, 'rb', 0) as file:
                while True:
                    count = file.readinto(client.piece)
                    if not count:
                        break
                    agent.note(count)
                    size += count
                    crc = zlib.crc32(client.piece[:count], crc)
        except FileNotFoundError:
            size = crc = None
        except OSError as error:
            raise FileError('%s: %s' % (self.path, error.strerror or error))
        agent.outbox.add('sum', [self.number, size, crc])
        return True

    def fail(self, agent, error):
        agent.outbox.add('failed', [self.number, 1] + failure_of(error))


class SyncJob(object):
    """Brings what was written below a directory to the disk."""

    def __init__(self, root):
        self.root = root

    def is_small(self):
        return True

    def held_bytes(self):
        return 0

    def prepare(self, agent, client):
        if subprocess.call(['sync', '-f', self.root], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
            os.sync()
        agent.outbox.add('synced', 1)
        return True

    def fail(self, agent, error):
        os._exit(5)


class TrialJob(object):
    """One request: whether this pod reaches the store, and what that says."""

    def __init__(self, number, method, url, headers, text, length, total):
        self.number = number
        self.request = (method, url, headers, text.encode(), length, total)

    def is_small(self):
        return True

    def held_bytes(self):
        return 0

    def prepare(self, agent, client):
        method, url, headers, body, length, total = self.request
        crc = [0]

        def take(piece):
            crc[0] = zlib.crc32(piece, crc[0])

        def request():
            crc[0] = 0
            if method == 'PUT':
                client.put(url, headers, body)
            else:
                client.get(url, headers, length, total, take)

        try:
            agent.repeat(request)
        except Refusal as refusal:
            agent.outbox.add('tried', [self.number, refusal.status, refusal.code, str(refusal)[:500], 0])
        else:
            agent.outbox.add('tried', [self.number, 200, '', '', crc[0]])
        return True

    def fail(self, agent, error):
        agent.outbox.add('tried', [self.number, 0, type(error).__name__, str(error)[:500], 0])


def lines_of(descriptor):
    """Lines of stdin, which is one zlib stream, until it ends or stays silent for too long."""
    inflate = zlib.decompressobj()
    rest = b''
    while True:
        if not select.select([descriptor], [], [], SILENCE_SECONDS)[0]:
            return
        data = os.read(descriptor, 1 << 18)
        if not data:
            return
        lines = (rest + inflate.decompress(data)).split(b'\n')
        rest = lines.pop()
        for line in lines:
            yield json.loads(line.decode())


def config_of(given):
    tls = None
    if given.get('ca'):
        tls = ssl.create_default_context(cadata=given['ca'])
    return {'threads': given['threads'], 'retries': given['retries'], 'timeout': given['timeout'],
            'proxy': given.get('proxy'), 'tls': tls, 'pace': Pace(given.get('bytesPerSecond') or 0)}


def heed(agent, message):
    for number, path, size, part_bytes, wanted in message.get('uploads', ()):
        file = agent.files[number] = UploadFile(number, path, size, part_bytes)
        agent.board.add(file.parts(wanted))
    for number, path, size, segment_bytes, owner, wanted, signed in message.get('downloads', ()):
        file = agent.files[number] = DownloadFile(number, path, size, segment_bytes, *owner)
        agent.board.add(file.parts(wanted, signed))
    if 'sums' in message:
        agent.board.add([SumJob(number, path) for number, path in message['sums']])
    if 'trials' in message:
        agent.board.add([TrialJob(*trial) for trial in message['trials']])
    ready = []
    for number, part, signed in message.get('signed', ()):
        job = agent.asked.pop((number, part))
        if signed is None:
            agent.board.release(job)
            continue
        job.signed = signed
        job.signed_at = time.monotonic()
        ready.append(job)
    if ready:
        agent.board.make_ready(ready)
    for number in message.get('forget', ()):
        file = agent.files.pop(number, None)
        if file:
            file.is_dropped = True
    if 'sync' in message:
        agent.board.add([SyncJob(root) for root in message['sync']])
    for pid, started_at in message.get('dismiss', ()):
        dismiss(pid, started_at)
    if 'ping' in message:
        agent.outbox.add('pong', agent.moved)


def start_of(pid):
    """When a process began, in ticks of the kernel; None = there is none, or nobody tells."""
    try:
        with open('/proc/%s/stat' % pid) as file:
            # The name may hold anything, also spaces and brackets.
            return int(file.read().rpartition(')')[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def host_identity():
    """Another one once the machine or this container began anew; empty where that can't be known."""
    started_at = start_of(1)
    try:
        with open('/proc/sys/kernel/random/boot_id') as file:
            return '' if started_at is None else '%s:%d' % (file.read().strip(), started_at)
    except OSError:
        return ''


def dismiss(pid, started_at):
    """Ends a program like this one that was left behind; nothing else that has its number now."""
    try:
        with open('/proc/%d/cmdline' % pid, 'rb') as other, open('/proc/self/cmdline', 'rb') as own:
            if other.read() == own.read() and pid != os.getpid() and start_of(pid) == started_at:
                os.kill(pid, signal.SIGKILL)
    except OSError:
        pass


def main():
    agent = None
    outbox = Outbox(1)
    for message in lines_of(0):
        if agent is None:
            agent = Agent(config_of(message), outbox)
            agent.start()
            writer = threading.Thread(target=run_outbox, args=(outbox,))
            writer.daemon = True
            writer.start()
            outbox.add('ready', ['%d.%d.%d' % sys.version_info[:3], host_identity(), os.getpid(), start_of('self') or 0])
        elif 'end' in message:
            outbox.close()
            writer.join()
            os._exit(0)
        else:
            heed(agent, message)
    # Whoever gave the orders is gone: no thread may finish what it is at.
    os._exit(3)


def run_outbox(outbox):
    try:
        outbox.run()
    except OSError:
        os._exit(4)


if __name__ == '__main__':
    main()
