import { CainError } from '../errors.ts';
import type { AgentAnswer, AgentProcess } from './agent-messages.ts';
import { type Agent, type AgentOptions, withAgent } from './agent-session.ts';

/** Jobs that the program knows of: enough to look ahead, few enough for its memory and ours. */
const mostKnownJobs = 512;

/** Where the jobs of one session are handed out, and what the program says of them comes in. */
export interface Desk<Job> {
  readonly agent: Agent;
  /** The job of that number, unless it was taken back meanwhile. */
  find(id: number): Job | undefined;
  /** The program is done with this number, or its further words on it do not count. */
  close(id: number): void;
  /** Behind those that wait. */
  putBack(job: Job): void;
  /** Work that the session does not end before; what it throws ends the session. */
  run(task: () => Promise<void>): void;
  /** Fires when the session is over: what waits for the program waits in vain then. */
  readonly signal: AbortSignal;
}

export interface DeskOptions<Job> extends Omit<AgentOptions, 'onAnswer'> {
  /** Asked for one by one, as there is room for them. */
  readonly jobs: Iterable<Job>;
  /** Tells the program of a job. */
  readonly give: (desk: Desk<Job>, id: number, job: Job) => void;
  /** Only answers about numbers that were given. */
  readonly onAnswer: (desk: Desk<Job>, answer: AgentAnswer & { readonly id: number }) => void;
  /** When no job is left. */
  readonly atEnd?: (desk: Desk<Job>) => Promise<void>;
  readonly onSynced?: () => void;
  /** Before any job is given. */
  readonly onReady?: (process: AgentProcess) => void;
}

/** Runs the program in a pod until all jobs are done. When it ends nothing of it is under way on our side. */
export async function serveJobs<Job>(options: DeskOptions<Job>): Promise<void> {
  const waiting = createQueue(options.jobs);
  const known = new Map<number, Job>();
  const underWay = new Set<Promise<void>>();
  const over = new AbortController();
  let lastId = 0;
  let desk: Desk<Job> | undefined;
  let isClosed = false;
  let isEnding = false;
  let settle: { resolve(): void; reject(error: unknown): void };
  const served = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  served.catch(() => {});

  function handOut(): void {
    if (!desk || isClosed) return;
    while (known.size < mostKnownJobs) {
      const job = waiting.take();
      if (job === undefined) break;
      known.set(++lastId, job);
      options.give(desk, lastId, job);
    }
    if (known.size > 0 || underWay.size > 0) return;
    if (isEnding || !options.atEnd) settle.resolve();
    else {
      isEnding = true;
      const ended = desk;
      run(async () => options.atEnd?.(ended));
    }
  }

  function run(task: () => Promise<void>): void {
    const work = task()
      .catch((error: unknown) => settle.reject(error))
      .finally(() => {
        underWay.delete(work);
        handOut();
      });
    underWay.add(work);
  }

  function hear(answer: AgentAnswer): void {
    if (answer.kind === 'synced') options.onSynced?.();
    if (!('id' in answer) || !desk) return;
    if (answer.id > lastId) throw stranger(options.pod.name, answer.id);
    options.onAnswer(desk, answer);
    handOut();
  }

  try {
    await withAgent({ ...options, onAnswer: hear }, async (agent) => {
      desk = {
        agent,
        find: (id) => known.get(id),
        close: (id) => void known.delete(id),
        putBack: (job) => waiting.putBack(job),
        run,
        signal: over.signal,
      };
      options.onReady?.(agent.process);
      handOut();
      await served;
    });
  } finally {
    isClosed = true;
    over.abort(new Error('the session is over'));
    known.clear();
    await Promise.all(underWay);
  }
}

function stranger(pod: string, id: number): CainError {
  return new CainError(
    'CAIN_OUTPUT_UNREADABLE',
    `The program in pod ${pod} speaks of a file that it was not given: ${id}`,
  );
}

/** Those that were put back come behind the others. */
function createQueue<Job>(jobs: Iterable<Job>): { take(): Job | undefined; putBack(job: Job): void } {
  const fresh = jobs[Symbol.iterator]();
  let isExhausted = false;
  let back: Job[] = [];
  let taken = 0;
  return {
    take() {
      const next = isExhausted ? undefined : fresh.next();
      if (next && !next.done) return next.value;
      isExhausted = true;
      if (taken < back.length) return back[taken++];
      [back, taken] = [[], 0];
      return undefined;
    },
    putBack: (job) => void back.push(job),
  };
}
