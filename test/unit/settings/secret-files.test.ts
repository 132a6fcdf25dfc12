import { expect } from 'chai';
import { readSecretFiles } from '../../../src/settings/secret-files.ts';

const files: Readonly<Record<string, string>> = {
  '/word': 'hunter2\n',
  '/two': 'a\n\n',
  '/crlf': 'b\r\n',
  '/empty': '\n',
};

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
  return text;
}

function read(values: Record<string, string>, command: 'backup' | 'list' = 'backup') {
  const given = new Map(Object.entries(values).map(([name, text]) => [name, { text, source: name }]));
  return readSecretFiles(command, given, readFile);
}

describe('readSecretFiles', () => {
  it('reads the file and drops one newline', () => {
    const texts = ['/word', '/two', '/crlf'].map(
      (path) => read({ CAIN_JMX_PASSWORD_FILE: path }).given.get('CAIN_JMX_PASSWORD')?.text,
    );

    expect(texts).to.deep.equal(['hunter2', 'a\n', 'b']);
  });

  it('leaves no path in the place of a secret', () => {
    expect([...read({ CAIN_JMX_PASSWORD_FILE: '/word' }).given.keys()]).to.deep.equal(['CAIN_JMX_PASSWORD']);
  });

  it('refuses a secret that is given twice', () => {
    const { problems } = read({ CAIN_JMX_PASSWORD_FILE: '/word', CAIN_JMX_PASSWORD: 'x' });

    expect(problems).to.deep.equal([
      'CAIN_JMX_PASSWORD and CAIN_JMX_PASSWORD_FILE are both given; give one of them',
    ]);
  });

  it('tells why a file is of no use', () => {
    expect(read({ CAIN_JMX_PASSWORD_FILE: '/none' }).problems).to.deep.equal([
      "CAIN_JMX_PASSWORD_FILE names a file that can't be read (ENOENT)",
    ]);
    expect(read({ CAIN_JMX_PASSWORD_FILE: '/empty' }).problems).to.deep.equal([
      'CAIN_JMX_PASSWORD_FILE names an empty file',
    ]);
  });

  it('does not read what the command has no use for', () => {
    const { given, problems } = read({ CAIN_PUSHGATEWAY_PASSWORD_FILE: '/none' }, 'list');

    expect(problems).to.be.empty;
    expect([...given]).to.be.empty;
  });
});
