# Part 2 of 4: what the threads do next, and what Cain is told of it.

# Lines are written at most this often, so that many small files share one.
LINE_SECONDS = 0.01
# What is read ahead waits in memory up to this size; larger parts are read again when they are sent.
LARGEST_HELD_BYTES = 1024 * 1024
# Of all that is read ahead.
AHEAD_BYTES = 16 * 1024 * 1024
# So that not only bytes are bounded.
SMALLEST_COST = 64 * 1024
LONGEST_DELAY_SECONDS = 30.0


class Outbox(object):
    """Collects what Cain is told and writes it as lines of JSON."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.condition = threading.Condition()
        self.waiting = {}
        self.is_closed = False

    def add(self, kind, entry):
        with self.condition:
            self.waiting.setdefault(kind, []).append(entry)
            self.condition.notify()

    def close(self):
        with self.condition:
            self.is_closed = True
            self.condition.notify()

    def run(self):
        while True:
            with self.condition:
                while not self.waiting and not self.is_closed:
                    self.condition.wait()
                message, self.waiting = self.waiting, {}
                if not message and self.is_closed:
                    return
            line = memoryview(json.dumps(message, separators=(',', ':')).encode() + b'\n')
            while line:
                line = line[os.write(self.descriptor, line):]
            time.sleep(LINE_SECONDS)


class Board(object):
    """Jobs for the threads: what may be sent goes before what is read ahead, and that is bounded."""

    def __init__(self, threads):
        self.condition = threading.Condition()
        # Iterators: the parts of a terabyte need not be in memory at once.
        self.fresh = deque()
        self.first = None
        self.ready = deque()
        self.spent = 0
        self.large_cost = AHEAD_BYTES // (threads + 2)

    def cost_of(self, job):
        return max(job.held_bytes(), SMALLEST_COST) if job.is_small() else self.large_cost

    def add(self, jobs):
        with self.condition:
            self.fresh.append(iter(jobs))
            self.condition.notify_all()

    def make_ready(self, jobs):
        with self.condition:
            self.ready.extend(jobs)
            self.condition.notify_all()

    def peek(self):
        """The first of those that nobody began; None = there is none. With the lock held."""
        while self.first is None and self.fresh:
            self.first = next(self.fresh[0], None)
            if self.first is None:
                self.fresh.popleft()
        return self.first

    def next(self, sends=True):
        """The next job, and whether it is ready to be sent. Whoever sends nothing only gets what is read before it is sent."""
        with self.condition:
            while True:
                if self.ready and sends:
                    return self.ready.popleft(), True
                job = self.peek()
                if job and (sends or hasattr(job, 'transfer')) and self.spent + self.cost_of(job) <= AHEAD_BYTES:
                    self.first = None
                    self.spent += self.cost_of(job)
                    return job, False
                self.condition.wait()

    def release(self, job):
        with self.condition:
            self.spent -= self.cost_of(job)
            self.condition.notify_all()


class Agent(object):
    def __init__(self, config, outbox):
        self.config = config
        self.retries = config['retries']
        self.outbox = outbox
        self.board = Board(config['threads'])
        self.files = {}
        # Parts by file and number that Cain has not answered yet.
        self.asked = {}
        self.moved = 0
        self.lock = threading.Lock()

    def start(self):
        # One more reads ahead, so that the others need not stop sending for it.
        for sends in [False] + [True] * self.config['threads']:
            thread = threading.Thread(target=self._work, args=(sends,))
            thread.daemon = True
            thread.start()

    def finish(self, file):
        """One of its parts is done: after the last nobody asks for the file any more."""
        with self.lock:
            file.parts_left -= 1
            if file.parts_left == 0:
                self.files.pop(file.number, None)

    def note(self, count):
        """Bytes that moved, read or sent: the proof of life that a pong carries."""
        with self.lock:
            self.moved += count

    def _work(self, sends):
        client = Client(self.config)
        while True:
            job, is_ready = self.board.next(sends)
            try:
                is_over = job.transfer(self, client) if is_ready else job.prepare(self, client)
            except Exception as error:  # noqa: whatever it is, Cain decides
                job.fail(self, error)
                is_over = True
            if is_over:
                self.board.release(job)

    def repeat(self, request):
        """Sends a request again as long as that may help."""
        attempt = 0
        while True:
            try:
                return request()
            except Exception as error:
                if attempt >= self.retries or not is_passing(error):
                    raise
                attempt += 1
                # The first time at once: a server closes connections that were idle.
                if attempt > 1 or isinstance(error, Refusal):
                    delay = min(LONGEST_DELAY_SECONDS, 0.5 * 2 ** (attempt - 1))
                    time.sleep(delay * random.uniform(0.75, 1.25))


def parts_of(file, wanted, count, make):
    """Made one by one, as they are wanted; none any more once the file is dropped."""
    file.parts_left = len(wanted) if wanted else count

    def parts():
        for part in wanted or range(1, count + 1):
            if file.is_dropped:
                return
            yield make(part)

    return parts()


def failure_of(error):
    """What went wrong, for Cain: where, HTTP status, the server's code, text."""
    if isinstance(error, Refusal):
        return ['store', error.status, error.code, str(error)[:500]]
    if isinstance(error, FileError):
        return ['file', 0, '', str(error)[:500]]
    if isinstance(error, (OSError, ValueError, IndexError)):
        return ['network', 0, type(error).__name__, (str(error) or type(error).__name__)[:500]]
    return ['program', 0, type(error).__name__, (str(error) or type(error).__name__)[:500]]


class FileError(Exception):
    """A file in this pod is not as Cain thinks, or can't be read or written."""
