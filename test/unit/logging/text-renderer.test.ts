import { expect } from 'chai';
import type { LogEvent, ProgressEvent } from '../../../src/logging/events.ts';
import { createTextRenderer } from '../../../src/logging/text-renderer.ts';
import { createTerminal } from '../../support/terminal.ts';

const time = new Date(Date.UTC(2025, 0, 31, 2, 0, 5));

function logEvent(message: string, fields: Record<string, unknown> = {}): LogEvent {
  return { kind: 'log', time, level: 'info', message, fields };
}

function progressEvent(doneBytes: number, more: Partial<ProgressEvent> = {}): ProgressEvent {
  const done = { files: 1, bytes: doneBytes };
  const total = { files: 2, bytes: 100 };
  return {
    kind: 'progress',
    time,
    phase: 'Uploading',
    done,
    total,
    bytesPerSecond: 10,
    secondsLeft: 5,
    nodes: [{ pod: 'cassandra-0', done, total, isFinished: false }],
    isOver: false,
    ...more,
  };
}

function setUp(isTerminal = true, columns = 100) {
  const terminal = createTerminal(columns);
  return { terminal, renderer: createTextRenderer(terminal, { isTerminal, hasColour: false }) };
}

describe('createTextRenderer', () => {
  it('writes a line an event, time first', () => {
    const { terminal, renderer } = setUp();

    renderer.render(logEvent('Uploaded file', { pod: 'cassandra-0' }));

    expect(terminal.lines()).to.deep.equal(['02:00:05Z info  Uploaded file  pod=cassandra-0']);
  });

  it('indents what belongs to a line', () => {
    const { terminal, renderer } = setUp();

    renderer.render(logEvent('Backup failed', { error: { message: 'first\nsecond' } }));

    expect(terminal.lines()).to.deep.equal(['02:00:05Z info  Backup failed', '    first', '    second']);
  });

  it('redraws progress in place', () => {
    const { terminal, renderer } = setUp();

    renderer.render(progressEvent(10));
    renderer.render(progressEvent(50));

    expect(terminal.lines()).to.deep.equal([
      'Uploading  50 %  1/2 files  50 B/100 B  10 B/s  5.0 s left  [##########----------]',
      '  cassandra-0  50 %  1/2 files  50 B/100 B',
    ]);
  });

  it('keeps log lines above the progress, and neither garbles the other', () => {
    const { terminal, renderer } = setUp();

    renderer.render(progressEvent(10));
    renderer.render(logEvent('One'));
    renderer.render(progressEvent(20));
    renderer.interject(() => terminal.write('printed\n'));
    renderer.render(logEvent('Two'));

    const lines = terminal.lines();
    expect(lines.slice(0, 3)).to.deep.equal(['02:00:05Z info  One', 'printed', '02:00:05Z info  Two']);
    expect(lines[3]).to.match(/^Uploading {2}20 % .*\[####-+\]$/);
    expect(lines).to.have.length(5);
  });

  it('takes the progress off the screen when the phase is over, and at the end', () => {
    const { terminal, renderer } = setUp();

    renderer.render(progressEvent(10));
    renderer.render(progressEvent(100, { isOver: true }));
    expect(terminal.lines()).to.deep.equal([]);

    renderer.render(progressEvent(10));
    renderer.close();
    expect(terminal.lines()).to.deep.equal([]);
  });

  it('cuts lines to the width of the terminal: one that wraps would garble the next', () => {
    const { terminal, renderer } = setUp(true, 40);

    renderer.render(progressEvent(10));

    expect(terminal.lines().every((line) => line.length < 40)).to.equal(true);
  });

  it('shows some of many nodes and counts the others', () => {
    const { terminal, renderer } = setUp();
    const nodes = Array.from({ length: 30 }, (_, index) => ({
      pod: `cassandra-${index}`,
      done: { files: 0, bytes: 0 },
      total: { files: 1, bytes: 1 },
      isFinished: index < 5,
    }));

    renderer.render(progressEvent(10, { nodes }));

    expect(terminal.lines()).to.have.length(10);
    expect(terminal.lines().at(-1)).to.equal('  17 more nodes at work, 5 of 30 nodes done');
  });

  it('writes progress as a line where there is no terminal', () => {
    const { terminal, renderer } = setUp(false);

    renderer.render(progressEvent(50));
    renderer.render(progressEvent(100, { isOver: true }));

    expect(terminal.lines()).to.deep.equal([
      '02:00:05Z info  Uploading  50 %  1/2 files  50 B/100 B  10 B/s  5.0 s left',
    ]);
    expect(renderer.progressEveryMs).to.equal(30_000);
  });

  it('lets no output of a container steer the terminal', () => {
    const { terminal, renderer } = setUp();

    renderer.render(logEvent('A\u001b[2J', { text: '\u001b[31mred' }));

    expect(terminal.lines()[0]).to.not.contain('\u001b');
  });

  it('colours on demand', () => {
    const written: string[] = [];
    const output = { write: (text: string) => written.push(text) };

    createTextRenderer(output, { isTerminal: true, hasColour: true }).render(logEvent('One'));

    expect(written.join('')).to.contain('\u001b[32minfo \u001b[0m One');
  });
});
