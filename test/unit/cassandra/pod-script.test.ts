import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseSections, podScript } from '../../../src/cassandra/pod-script.ts';

interface Run {
  readonly files?: Readonly<Record<string, string>>;
  /** jmx user, jmx password file, jmx port, cql host, cql port. */
  readonly logins?: readonly [string, string, string, string, string];
  readonly args?: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Tools that tell how they were called. */
const tools = {
  nodetool: 'echo "nodetool $*"; echo "options $JDK_JAVA_OPTIONS"',
  cqlsh: 'echo "cqlsh $*"; echo "to $CQLSH_HOST $CQLSH_PORT"; echo "ssl $SSL_CERTFILE $SSL_VALIDATE"',
  python3: '[ -z "$UNTRUSTED" ] || { echo "Connection error: untrusted" >&2; exit 1; }',
};

describe('podScript', () => {
  let dir: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'cain-pod-script-'));
    for (const [name, body] of Object.entries(tools)) {
      writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(dir, name), 0o755);
    }
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  function run(body: string, { files = {}, logins, args = [], input = '', env = {} }: Run = {}) {
    const sizes = Object.entries(files).map(([name, text]) => `${name}:${Buffer.byteLength(text)}`);
    const head = ['30', sizes.join(' ') || '-', ...(logins ?? ['', '', '', '', ''])];
    const result = spawnSync('/bin/sh', ['-c', podScript(body), 'cain', ...head, ...args], {
      encoding: 'utf8',
      input: Object.values(files).join('') + input,
      env: { PATH: `${dir}:/usr/bin:/bin`, ...env },
    });
    return { ...result, lines: result.stdout.split('\n') };
  }

  it('hands the script its own arguments and what is left of stdin', () => {
    const { stdout } = run('section rest\nprintf "%s," "$@"\nhead -c 5', {
      files: { cqlshrc: 'first' },
      args: ['a b', ''],
      input: 'after',
    });

    expect(parseSections(stdout).get('rest')).to.deep.equal(['a b,,after']);
  });

  it('keeps logins in a folder that only its user may enter, and removes it', () => {
    const { lines } = run('stat -c "%a %n" "$folder" "$folder/jmx"; cat "$folder/jmx"', {
      files: { jmx: 'user word\n' },
    });

    const [folder = '', file = '', contents] = lines;
    expect(folder).to.match(/^700 .*\/cain-logins-\d+$/);
    expect(file).to.match(/^600 /);
    expect(contents).to.equal('user word');
    expect(existsSync(folder.slice(4))).to.equal(false);
  });

  it('removes the folder when it is ended by a signal, and what a killed script left', () => {
    const killed = run('echo "$folder"; kill -9 $$', { files: { jmx: 'u w\n' } }).lines[0] ?? '';
    const wasLeft = existsSync(killed);

    const ended = run('echo "$folder"; kill -TERM $$; sleep 5', { files: { jmx: 'u w\n' } });

    expect(wasLeft).to.equal(true);
    expect(ended.status).to.equal(143);
    expect([killed, ended.lines[0] ?? ''].filter((folder) => existsSync(folder))).to.deep.equal([]);
  });

  it('leaves the umask as it was: what the script makes is not private to it', () => {
    const bare = run('umask');

    const withLogins = run('umask', { files: { jmx: 'u w\n' } });

    expect(withLogins.stdout).to.equal(bare.stdout);
  });

  it('gives nodetool its login, its port and an argument file, beside the options of the container', () => {
    const { lines } = run('nodetool_ status; cat "$folder/jvm"', {
      files: { jvm: '"-Dstore=@CAIN_FOLDER@/trustStore"\n', trustStore: 'T' },
      logins: ['user', '/in/the/pod', '7299', '', ''],
      env: { JDK_JAVA_OPTIONS: '-Dtheirs' },
    });

    expect(lines[0]).to.equal('nodetool -p 7299 -u user -pwf /in/the/pod status');
    expect(lines[1]).to.match(/^options -Dtheirs @\S+\/cain-logins-\d+\/jvm$/);
    expect(lines[2]).to.match(/^"-Dstore=\/\S+\/cain-logins-\d+\/trustStore"$/);
  });

  it('names the password file that came along', () => {
    const { stdout } = run('nodetool_ info', { files: { jmx: 'u w\n' }, logins: ['u', '@', '', '', ''] });

    expect(stdout).to.match(/^nodetool -u u -pwf \S+\/cain-logins-\d+\/jmx info$/m);
  });

  it('sends cqlsh to a port also where no host is set', () => {
    const { stdout } = run('cqlsh_ "DESC x"', {
      logins: ['', '', '', '', '9999'],
      env: { CQLSH_HOST: 'theirs' },
    });

    expect(stdout).to.contain('-e DESC x').and.to.contain('to theirs 9999');
  });

  it('lets the settings for TLS win over the environment of the container', () => {
    const env = { SSL_CERTFILE: '/theirs', SSL_VALIDATE: 'false' };

    const own = run('cqlsh_ "DESC x"', { files: { cqlshrc: '[ssl]\n', 'ca.pem': 'CA' }, env });
    const theirs = run('cqlsh_ "DESC x"', { files: { cqlshrc: '[ssl]\n' }, env });

    expect(own.lines).to.include('ssl  ');
    expect(theirs.lines).to.include('ssl /theirs false');
  });

  it('calls no cqlsh where the certificate of the server is of another authority', () => {
    const { stdout, stderr } = run('cqlsh_ "DESC x" || exit 9', {
      files: { cqlshrc: '[ssl]\n', 'ca.pem': 'CA', 'check-certificate.py': '' },
      env: { UNTRUSTED: 'yes' },
    });

    expect(stderr).to.equal('Connection error: untrusted\n');
    expect(stdout).to.equal('');
  });

  it('does without the check where there is no Python', () => {
    const bin = join(dir, 'no-python');
    mkdirSync(bin);
    for (const name of ['head', 'sed', 'mv', 'mkdir', 'rm'])
      writeFileSync(join(bin, name), `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`, { mode: 0o755 });
    writeFileSync(join(bin, 'cqlsh'), `#!/bin/sh\n${tools.cqlsh}\n`, { mode: 0o755 });

    const { stdout } = run('cqlsh_ "DESC x"', {
      files: { cqlshrc: '', 'ca.pem': 'CA', 'check-certificate.py': '' },
      env: { PATH: bin },
    });

    expect(stdout).to.contain('cqlsh --cqlshrc=');
  });
});

describe('parseSections', () => {
  it('keeps the bytes between the marks, several sections of one name in order', () => {
    const sections = parseSections('noise\x1ea\none\n\ntwo\x1eb\n\x1ea\nthree\n');

    expect([...sections]).to.deep.equal([
      ['a', ['one\n\ntwo', 'three\n']],
      ['b', ['']],
    ]);
  });
});
