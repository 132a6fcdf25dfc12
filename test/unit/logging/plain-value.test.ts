import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { plainValue } from '../../../src/logging/plain-value.ts';

const options = { strike: (text: string) => text.replaceAll('hunter2', '***'), withStack: false };

describe('plainValue', () => {
  it('leaves plain values as they are', () => {
    const value = { text: 'a', number: 1, flag: true, nothing: null, list: [1, 'b'] };

    expect(plainValue(value, options)).to.deep.equal(value);
  });

  it('makes plain what JSON does not know', () => {
    const value = {
      big: 12n,
      date: new Date(0),
      bytes: new Uint8Array(5),
      map: new Map([['a', 1]]),
      set: new Set(['x']),
      url: new URL('https://host/a'),
      infinite: Number.POSITIVE_INFINITY,
      missing: undefined,
      method: () => 1,
    };

    expect(plainValue(value, options)).to.deep.equal({
      big: '12',
      date: '1970-01-01T00:00:00.000Z',
      bytes: '5 bytes',
      map: { a: 1 },
      set: ['x'],
      url: 'https://host/a',
      infinite: 'Infinity',
    });
  });

  it('cuts what refers to itself', () => {
    const value: { name: string; self?: unknown } = { name: 'a' };
    value.self = value;

    expect(plainValue(value, options)).to.deep.equal({ name: 'a', self: '…' });
  });

  it('tells code, hint, facts, causes and clean-up errors of an error', () => {
    const error = new CainError('CAIN_EXEC_FAILED', 'nodetool failed', {
      hint: 'Look at the log.',
      fields: { pod: 'cassandra-0' },
      cause: Object.assign(new TypeError('refused'), { code: 'ECONNREFUSED' }),
    });
    error.cleanupErrors.push(new Error('no room'));

    expect(plainValue({ error }, options)).to.deep.equal({
      error: {
        code: 'CAIN_EXEC_FAILED',
        message: 'nodetool failed',
        hint: 'Look at the log.',
        pod: 'cassandra-0',
        cause: { name: 'TypeError', code: 'ECONNREFUSED', message: 'refused' },
        cleanupErrors: [{ message: 'no room' }],
      },
    });
  });

  it('tells the errors of an AggregateError', () => {
    expect(plainValue(new AggregateError([new Error('a')], 'both failed'), options)).to.deep.equal({
      name: 'AggregateError',
      message: 'both failed',
      errors: [{ message: 'a' }],
    });
  });

  it('adds stacks on demand only', () => {
    const error = new Error('a');

    expect(plainValue(error, options)).to.not.have.property('stack');
    expect(plainValue(error, { ...options, withStack: true }))
      .to.have.property('stack')
      .that.contains('plain-value.test');
  });

  it('strikes secrets from texts, keys, messages, facts, causes and stacks', () => {
    const error = new CainError('CAIN_STORE', 'failed with hunter2', {
      hint: 'Try hunter2.',
      fields: { hunter2: ['hunter2'], url: new URL('https://host/hunter2') },
      cause: new Error('hunter2'),
    });
    error.cleanupErrors.push('hunter2');

    const plain = plainValue(
      { error, map: new Map([['hunter2', 'hunter2']]) },
      { ...options, withStack: true },
    );

    expect(JSON.stringify(plain)).to.contain('***').and.not.to.contain('hunter2');
  });
});
