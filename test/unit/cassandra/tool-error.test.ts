import { expect } from 'chai';
import { toolErrorLine } from '../../../src/cassandra/tool-error.ts';
import { readSample } from '../../support/cassandra-samples.ts';

describe('toolErrorLine', () => {
  const samples: ReadonlyArray<readonly [name: string, line: string]> = [
    ['5.0.9/snapshot-tag-exists', 'error: Snapshot snap1 already exists.'],
    ['5.0.9/snapshot-unknown-ks', 'nodetool: Keyspace nosuch does not exist'],
    ['5.0.9/jmx-auth-bad', 'error: Invalid username or password'],
    ['5.0.9/import-missing-dir', 'error: Directory nosuch does not exist'],
    [
      '5.0.9/import-corrupt-default',
      'Some directories failed to import, check server logs for details: imp3',
    ],
    ['5.0.9/cqlsh-desc-unknown', "<stdin>:1:'nosuch' not found in keyspaces"],
    ['4.1.10/clearsnapshot-noargs', 'error: Specify snapshot name or --all'],
    [
      '5.0.9-ring3/nodetool-node-down',
      "nodetool: Failed to connect to '127.0.0.1:9399' - ConnectException: 'Connection refused'.",
    ],
  ];
  for (const [name, line] of samples) {
    it(`finds the line in ${name}`, () => {
      expect(toolErrorLine(readSample(name))).to.equal(line);
    });
  }

  it("finds cqlsh's connection errors behind its warnings", () => {
    expect(toolErrorLine(readSample('5.0.9/auth-bad'))).to.match(/^Connection error: .*Bad credentials/);
    expect(toolErrorLine(readSample('5.0.9/cqlsh-connection-refused'))).to.match(/refused/);
    expect(toolErrorLine(readSample('5.0.9/cqlsh-bad-cql'))).to.match(/^<stdin>:1:InvalidRequest: /);
  });

  const lineOf = (stderr: string, stdout = ''): string => toolErrorLine({ stdout, stderr, exitCode: 1 });

  it('gives the first of several errors of one script', () => {
    const stderr = 'schema.cql:3:InvalidRequest: one\nschema.cql:9:InvalidRequest: two\n';

    expect(lineOf(stderr)).to.equal('schema.cql:3:InvalidRequest: one');
  });

  it('gives the class of an exception without a message', () => {
    const stderr = 'error: null\n-- StackTrace --\njava.lang.NullPointerException\n\tat a.B.c(B.java:1)\n';

    expect(lineOf(stderr)).to.equal('error: java.lang.NullPointerException');
  });

  it('passes over what a JVM prints whenever it starts, and over stack frames', () => {
    const stderr = [
      'Picked up JAVA_TOOL_OPTIONS: -Xmx64m',
      'NOTE: Picked up JDK_JAVA_OPTIONS: @jvm',
      'Exception in thread "main" java.lang.NoClassDefFoundError: org/apache/Some',
      '\tat java.base/java.lang.Class.forName0(Native Method)',
      '\t... 12 more',
      'OpenJDK 64-Bit Server VM warning: Options -Xverify:none were deprecated',
      'WARNING: All illegal access operations will be denied in a future release',
      '',
    ].join('\n');

    expect(lineOf(stderr)).to.match(/NoClassDefFoundError/);
  });

  it('gives the last line of a Python traceback, also where cqlsh numbers its first line', () => {
    const traceback = 'Traceback (most recent call last):\n  File "x.py", line 1\nImportError: no driver\n';

    expect(lineOf(traceback)).to.equal('ImportError: no driver');
    expect(lineOf(`<stdin>:1:${traceback}`)).to.equal('ImportError: no driver');
  });

  it('gives the last line of stdout when stderr says nothing of its own', () => {
    expect(lineOf('Picked up JAVA_TOOL_OPTIONS: -Xmx64m\n', 'one\ntwo\n\n')).to.equal('two');
  });

  it('gives noise rather than nothing, and the exit code rather than an empty line', () => {
    expect(lineOf('WARNING: odd\n')).to.equal('WARNING: odd');
    expect(lineOf('', '\n')).to.equal('no output, exit code 1');
  });
});
