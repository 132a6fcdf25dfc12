import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { createLogging, type LoggingOptions } from '../../../src/logging/logging.ts';

function setUp(options: Partial<LoggingOptions> = {}) {
  const written: string[] = [];
  let tick = () => {};
  let everyMs = 0;
  let isTicking = true;
  const logging = createLogging({
    level: 'info',
    format: 'json',
    stream: { write: (text) => written.push(text) },
    isTerminal: false,
    command: 'backup',
    now: () => new Date(Date.UTC(2025, 0, 31, 2)),
    every(ms, run) {
      everyMs = ms;
      tick = run;
      return () => {
        isTicking = false;
      };
    },
    ...options,
  });
  return {
    ...logging,
    text: () => written.join(''),
    lines: () => written.map((line): Record<string, unknown> => JSON.parse(line)),
    tick: () => tick(),
    everyMs: () => everyMs,
    isTicking: () => isTicking,
  };
}

describe('createLogging', () => {
  it('writes one JSON object a line', () => {
    const { log, text } = setUp();

    log.info('Uploaded file', { pod: 'cassandra-0', bytes: 5 });

    expect(text()).to.equal(
      '{"time":"2025-01-31T02:00:00.000Z","level":"info","message":"Uploaded file","command":"backup","pod":"cassandra-0","bytes":5}\n',
    );
  });

  it('lets no fact take the place of what every line has', () => {
    const { log, lines } = setUp();

    log.info('A', { time: 1, message: 'b', level: 'c', command: 'nodetool' });

    expect(lines()[0]).to.include({
      message: 'A',
      level: 'info',
      command: 'backup',
      command_: 'nodetool',
      message_: 'b',
    });
  });

  it('leaves out what is less urgent than the level', () => {
    const { log, lines } = setUp({ level: 'warn' });

    log.debug('A');
    log.info('B');
    log.warn('C');
    log.error('D');

    expect(lines().map((line) => line.message)).to.deep.equal(['C', 'D']);
  });

  it('gives the fields of a child to its every line', () => {
    const { log, lines } = setUp();

    log.child({ pod: 'a' }).child({ table: 't' }).info('A', { file: 'f' });

    expect(lines()[0]).to.include({ pod: 'a', table: 't', file: 'f' });
  });

  it('gives the tag to every line from then on', () => {
    const { log, progress, setTag, lines, tick } = setUp();
    const child = log.child({ pod: 'a' });
    child.info('Before');
    setTag('20250131020000');

    child.info('After');
    progress.setPhase('Uploading');
    progress.addNode('a', { files: 1, bytes: 1 });
    tick();

    expect(lines().map((line) => line.tag)).to.deep.equal([undefined, '20250131020000', '20250131020000']);
  });

  it('writes a progress line every 30 seconds', () => {
    const { progress, lines, tick, everyMs } = setUp();
    tick();
    progress.setPhase('Uploading');
    progress.addNode('a', { files: 2, bytes: 100 });
    progress.advance('a', { files: 1, bytes: 40 });
    tick();
    progress.finishNode('a');
    tick();

    expect(everyMs()).to.equal(30_000);
    expect(lines()).to.have.length(1);
    expect(lines()[0]).to.include({
      level: 'info',
      message: 'Progress',
      phase: 'Uploading',
      doneFiles: 1,
      totalFiles: 2,
      doneBytes: 40,
      totalBytes: 100,
      nodes: 1,
    });
  });

  it('shows no progress above the level info', () => {
    const { progress, text, tick } = setUp({ level: 'warn' });
    progress.setPhase('Uploading');
    progress.addNode('a', { files: 2, bytes: 100 });

    tick();

    expect(text()).to.equal('');
  });

  it('strikes secrets from message, field, cause and stack in every form', () => {
    const secret = 'hunter2 &/"';
    const { log, redactor, progress, text, tick } = setUp({ level: 'debug' });
    redactor.register(secret);
    const cause = new Error(`login cain:${secret}`);
    const basic = Buffer.from(`cain:${secret}`).toString('base64');

    log.info(`message ${secret}`, { field: encodeURIComponent(secret), [secret]: basic });
    log.error('Failed', {
      error: new CainError('CAIN_STORE', secret, { cause, hint: secret, fields: { secret } }),
    });
    progress.setPhase(secret);
    progress.addNode(secret, { files: 1, bytes: 1 });
    tick();

    expect(text()).to.contain('"stack"');
    for (const form of [
      'hunter2',
      encodeURIComponent(secret),
      basic,
      Buffer.from(secret).toString('base64'),
    ]) {
      expect(text()).to.not.contain(form);
    }
  });

  it('adds stacks at the level debug only', () => {
    const quiet = setUp();
    const loud = setUp({ level: 'debug' });
    for (const { log } of [quiet, loud]) log.error('Failed', { error: new Error('a') });

    expect(quiet.text()).to.not.contain('stack');
    expect(loud.text()).to.contain('logging.test');
  });

  it('takes text on a terminal and JSON elsewhere, unless told', () => {
    const firstLine = (options: Partial<LoggingOptions>) => {
      const { log, text } = setUp({ hasColour: false, ...options });
      log.info('A');
      return text();
    };

    expect(firstLine({ format: 'auto', isTerminal: true })).to.equal('02:00:00Z info  A\n');
    expect(firstLine({ format: 'auto', isTerminal: false })).to.match(/^\{/);
    expect(firstLine({ format: 'text', isTerminal: false })).to.equal('02:00:00Z info  A\n');
    expect(firstLine({ format: 'json', isTerminal: true })).to.match(/^\{/);
  });

  it('stops ticking when it is closed, and logs on', () => {
    const { log, close, isTicking, lines } = setUp();

    close();
    log.info('A');

    expect(isTicking()).to.equal(false);
    expect(lines()).to.have.length(1);
  });
});
