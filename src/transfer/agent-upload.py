# Part 3 of 4: files of a snapshot to the store.


class UploadFile(object):
    def __init__(self, number, path, size, part_bytes):
        self.number = number
        self.path = path
        self.size = size
        self.part_bytes = part_bytes
        self.is_dropped = False

    def parts(self, wanted):
        count = max(1, -(-self.size // self.part_bytes))
        return parts_of(self, wanted, count, lambda part: UploadPart(self, part))


class UploadPart(object):
    """Read and summed, then signed by Cain for just these bytes, then sent."""

    def __init__(self, file, part):
        self.file = file
        self.part = part
        self.offset = (part - 1) * file.part_bytes
        self.length = min(file.part_bytes, file.size - self.offset)
        self.data = None
        self.signed = None
        self.signed_at = 0.0
        self.was_cold = False
        self.renewals = 0

    def is_small(self):
        return self.length <= LARGEST_HELD_BYTES

    def held_bytes(self):
        return self.length

    def prepare(self, agent, client):
        if self.file.is_dropped:
            return True
        with self.open() as file:
            if self.is_small():
                self.data = b''.join([bytes(piece) for piece in self.pieces(file, client.piece)])
                crc = zlib.crc32(self.data)
            else:
                self.was_cold = is_cold(file.fileno(), self.offset)
                crc = 0
                for piece in self.pieces(file, client.piece):
                    crc = zlib.crc32(piece, crc)
                    agent.note(len(piece))
        agent.asked[self.file.number, self.part] = self
        agent.outbox.add('ask', [self.file.number, self.part, self.length, crc])
        return False

    def transfer(self, agent, client):
        if self.file.is_dropped:
            return True
        url, headers, lifetime = self.signed
        if time.monotonic() - self.signed_at > lifetime * 0.8:
            return self.renew(agent, client)

        try:
            answer = agent.repeat(lambda: self.send(agent, client, url, headers))
        except Refusal as refusal:
            # A URL that expired meanwhile; bytes that are no longer those that were signed.
            if refusal.is_expired() or refusal.code in ('BadDigest', 'XAmzContentChecksumMismatch'):
                if self.renewals < 2:
                    return self.renew(agent, client)
            raise
        agent.outbox.add('done', [self.file.number, self.part, answer.get('etag', ''), answer.get('x-amz-version-id')])
        agent.finish(self.file)
        self.data = None
        self.forget_cache()
        return True

    def send(self, agent, client, url, headers):
        if self.data is not None:
            answer = client.put(url, headers, self.data)
            agent.note(self.length)
            return answer
        with self.open() as file:
            return client.put(url, headers, PartBody(file, self, client.piece, agent))

    def renew(self, agent, client):
        self.renewals += 1
        self.data = None
        return self.prepare(agent, client)

    def open(self):
        """Throws a FileError unless it is there in just the size that Cain was told."""
        try:
            file = open(self.file.path, 'rb', 0)
        except OSError as error:
            raise FileError('%s: %s' % (self.file.path, error.strerror or error))
        found = os.fstat(file.fileno()).st_size
        if found == self.file.size:
            return file
        file.close()
        raise FileError('%s has %d bytes, not %d' % (self.file.path, found, self.file.size))

    def pieces(self, file, memory):
        """What `memory` holds after each step is gone with the next one."""
        left = self.length
        try:
            file.seek(self.offset)
            while left > 0:
                count = file.readinto(memory[:min(left, PIECE_BYTES)])
                if not count:
                    raise FileError('%s became shorter while it was read' % self.file.path)
                left -= count
                yield memory[:count]
        except OSError as error:
            # An error of the socket that the piece went to does not come by here: it is raised where it is sent.
            raise FileError('%s: %s' % (self.file.path, error.strerror or error))

    def forget_cache(self):
        """Leaves no page in the cache that was not there before: memory that the database may want."""
        if not self.was_cold:
            return
        try:
            with open(self.file.path, 'rb', 0) as file:
                os.posix_fadvise(file.fileno(), self.offset, self.length, os.POSIX_FADV_DONTNEED)
        except OSError:
            pass

    def fail(self, agent, error):
        agent.outbox.add('failed', [self.file.number, self.part] + failure_of(error))


class PartBody(object):
    """A part that is read again while it is sent: no memory holds it, whatever its size."""

    def __init__(self, file, part, memory, agent):
        self.file = file
        self.part = part
        self.memory = memory
        self.agent = agent

    def send_to(self, connection, pace):
        if not connection.is_plain:
            for piece in self.part.pieces(self.file, self.memory):
                pace.spend(len(piece))
                connection.socket.sendall(piece)
                self.agent.note(len(piece))
            return
        done = 0
        while done < self.part.length:
            count = min(SLICE_BYTES, self.part.length - done)
            pace.spend(count)
            sent = connection.socket.sendfile(self.file, self.part.offset + done, count)
            if sent != count:
                raise FileError('%s became shorter while it was read' % self.part.file.path)
            done += count
            self.agent.note(count)


def is_cold(descriptor, offset):
    """Whether the file's page at this place is not in the cache; False where that can't be known."""
    try:
        os.preadv(descriptor, [bytearray(1)], offset, os.RWF_NOWAIT)
    except BlockingIOError:
        return True
    except (AttributeError, OSError):
        pass
    return False
